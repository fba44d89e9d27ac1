package dev.millrace.standalone.cli;

/** A command that runs until it is stopped, and logs what it does. */
interface Service {}
