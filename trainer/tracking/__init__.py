"""The course of trainings and searches: TensorBoard, Weights & Biases and pictures."""
