#!/usr/bin/env python3
"""Reads the events of `advlab train --tensorboard` with TensorBoard's own reader and compares them with `--json`.

    tensorboard_events.py ADVLAB

Needs tensorboard.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

DATA = pathlib.Path(__file__).resolve().parents[2] / "Data" / "digits.h5"


def train(advlab, directory, *words):
    done = subprocess.run(
        [advlab, "train", *words, "--tensorboard", "log", "--quiet", "--json"], cwd=directory, capture_output=True, text=True)
    return done


def main():
    advlab = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as directory:
        words = ["--architecture", "tinycnn", "--data", DATA, "--epochs", "3", "--output", "m.h5", "--checkpoint", "run"]
        done = train(advlab, directory, *words)
        assert done.returncode == 0, done.stderr
        log = EventAccumulator(str(pathlib.Path(directory) / "log"))
        log.Reload()
        epochs = json.loads(done.stdout)["epochs"]
        tags = {"loss/training": "training_loss", "accuracy/training": "training_accuracy",
                "accuracy/validation": "validation_accuracy", "learning_rate": "learning_rate"}
        assert set(tags) <= set(log.Tags()["scalars"]), log.Tags()
        for tag, key in tags.items():
            events = log.Scalars(tag)
            assert [event.step for event in events] == [1, 2, 3], events
            for event, epoch in zip(events, epochs):
                assert abs(event.value - epoch[key]) <= 1e-6 * abs(epoch[key]), (tag, event, epoch)
        images = log.Images("filters")
        assert len(images) == 3 and images[0].encoded_image_string[1:4] == b"PNG" and images[0].width > 0
        # Another run is not mixed in; one that goes on is.
        again = train(advlab, directory, *words[:-2], "--force")
        assert again.returncode == 73 and "events of another run" in again.stderr, again.stderr
        more = train(advlab, directory, "--resume", "--checkpoint", "run", "--epochs", "5", "--force")
        assert more.returncode == 0, more.stderr
        log.Reload()
        whole = EventAccumulator(str(pathlib.Path(directory) / "log"))
        whole.Reload()
        steps = [event.step for event in whole.Scalars("loss/training")]
        assert steps == [1, 2, 3, 4, 5], steps
    print("TensorBoard reads scalars and images")


if __name__ == "__main__":
    main()
