/**
 * The glosses of WordNet and a running platform come in; a stream of labelled samples, a stream of requests and the
 * figures of both go out.
 *
 * <p>Every figure is read from the topics or over HTTP, as an outside client would: nothing is taken from inside the
 * trainer or the service.
 *
 * <p>The quickstart's main thread sends the glosses; the client and the observer own a thread each.
 */
@NullMarked
package dev.millrace.standalone.quickstart;

import org.jspecify.annotations.NullMarked;
