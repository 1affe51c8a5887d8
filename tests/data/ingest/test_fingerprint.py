from detente.data.ingest.fingerprint import fingerprint


def test_fingerprint_is_the_same_in_every_run() -> None:
    assert fingerprint("Kenya left.") == 4_423_065_184_785_521_285
    assert fingerprint("") != fingerprint(" ")


def test_half_a_surrogate_pair_has_a_fingerprint() -> None:
    assert 0 <= fingerprint("\ud800") < 2**64
