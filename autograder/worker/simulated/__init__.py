"""A simulated GPU for PyTorch: it really computes, on the CPU, and is as strict as CUDA about where tensors are.

It stands on torch's Python backend for the spare device type PrivateUse1, which torch calls experimental; so torch is
pinned, and :func:`autograder.worker.simulated.device.try_out` tries it out before it is used.
"""
