from trainer.training.fit import ramp


def test_rates_rise_and_fall() -> None:
    factor = ramp(steps=10, warmup=0.2)
    assert [factor(step) for step in (0, 1, 2, 6, 10)] == [0.5, 1.0, 1.0, 0.5, 0.0]
