"""The plugin as tests run it: it ends with its engine. After an interrupted run, the SDK's server would wait for ever."""

import os
import runpy
import sys
import threading
import time
from pathlib import Path

ENGINE = os.getppid()


def end_with_engine():
    while os.getppid() == ENGINE:
        time.sleep(0.5)
    os._exit(1)


threading.Thread(target=end_with_engine, daemon=True).start()
sys.argv[0] = str(Path(__file__).parents[2] / "plugin/__main__.py")
runpy.run_path(sys.argv[0], run_name="__main__")
