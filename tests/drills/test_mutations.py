"""The table of handlings and the tests that fail without them keeps to the code it speaks of."""

import pytest

from tests.drills.mutations import ROOT, Mutation, mutations


@pytest.mark.parametrize("mutation", mutations(), ids=lambda mutation: mutation.handles)
def test_every_handling_stands_where_the_table_says_and_has_its_test(mutation: Mutation) -> None:
    code = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert mutation.text in code
    file, _, test = mutation.tests.partition("::")
    assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
