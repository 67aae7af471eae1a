"""Other people's detectors as ONNX files: which form a file is, and how its answers are read."""
