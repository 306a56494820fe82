"""What the OCR service is compared with: rapidocr-onnxruntime, and the bare graphs on OpenVINO."""

import hashlib
import pathlib
import time

import openvino
import rapidocr_onnxruntime
from rapidocr_onnxruntime import RapidOCR

from baton import ENGINE_GRAPHS, THREADS, Failed

PEER_GRAPHS = pathlib.Path(rapidocr_onnxruntime.__file__).parent / "models"
GRAPHS = {
    "detection": "ch_PP-OCRv4_det_infer.onnx",
    "direction": "ch_ppocr_mobile_v2.0_cls_infer.onnx",
    "recognition": "ch_PP-OCRv4_rec_infer.onnx",
}


def check_same_graphs():
    """Fails unless both sides compute the same graphs."""
    for name, file in GRAPHS.items():
        ours, theirs = (
            hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (ENGINE_GRAPHS / f"{name}.onnx", PEER_GRAPHS / file)
        )
        if ours != theirs:
            raise Failed(f"the graph '{name}' is not the peer's")


class Peer:
    """rapidocr-onnxruntime in this process, with as many threads as the service's engine."""

    def __init__(self):
        self._ocr = RapidOCR(intra_op_num_threads=THREADS, inter_op_num_threads=1)
        self._sessions = {
            "detection": (self._ocr.text_det, "infer"),
            "direction": (self._ocr.text_cls, "infer"),
            "recognition": (self._ocr.text_rec, "session"),
        }

    def read(self, png):
        """The texts of a page in the peer's own order."""
        found, _ = self._ocr(png)
        return [text for _, text, _ in found or []]

    def tensors(self, png):
        """Every tensor that the peer feeds to a graph for a page, in order."""
        fed = []
        originals = {name: getattr(*place) for name, place in self._sessions.items()}

        def recording(name):
            def call(tensor):
                fed.append((name, tensor.copy()))
                return originals[name](tensor)

            # The peer asks the session for more than calls.
            call.have_key = getattr(originals[name], "have_key", None)
            return call

        for name, (owner, attribute) in self._sessions.items():
            setattr(owner, attribute, recording(name))
        try:
            self.read(png)
        finally:
            for name, (owner, attribute) in self._sessions.items():
                setattr(owner, attribute, originals[name])
        return fed


class Floor:
    """The bare graphs: what no service with the same batches on this engine can undercut."""

    def __init__(self):
        core = openvino.Core()
        settings = {
            "INFERENCE_NUM_THREADS": THREADS,
            "INFERENCE_PRECISION_HINT": "f32",
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
        }
        self._requests = {
            name: core.compile_model(PEER_GRAPHS / file, "CPU", settings).create_infer_request()
            for name, file in GRAPHS.items()
        }

    def run(self, tensors):
        """Computes a page's tensors."""
        for name, tensor in tensors:
            self._requests[name].infer([tensor], share_inputs=True, share_outputs=True)


def timed(work, *arguments):
    """Seconds that a call takes."""
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start
