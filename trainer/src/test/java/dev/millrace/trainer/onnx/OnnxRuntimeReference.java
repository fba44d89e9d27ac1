package dev.millrace.trainer.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs a whole model file in ONNX Runtime, on one thread. Closed by whoever opened it. */
public final class OnnxRuntimeReference implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    public OnnxRuntimeReference(byte[] model) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            session = environment.createSession(model, options);
        }
    }

    /** Returns every output in row-major order, as doubles whatever its type. */
    public Map<String, HostArray> run(Map<String, HostArray> inputs) throws OrtException {
        Map<String, OnnxTensorLike> tensors = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, HostArray> input : inputs.entrySet()) {
                tensors.put(input.getKey(), input.getValue().toOnnxTensor(environment));
            }
            Map<String, HostArray> outputs = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(tensors)) {
                for (Map.Entry<String, OnnxValue> output : result) {
                    outputs.put(output.getKey(), HostArray.of((OnnxTensor) output.getValue()));
                }
            }
            return outputs;
        } finally {
            tensors.values().forEach(OnnxTensorLike::close);
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
