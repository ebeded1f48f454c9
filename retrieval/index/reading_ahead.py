"""Asking the processor for memory before it is read, from within the compiled loops.

A posting list lies anywhere in a file of hundreds of megabytes, so a search would mostly wait. A
core waits for a dozen places at a time if it is told of them early, and goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from retrieval.index.arrays import Array, Number

_TO_READ, _KEPT, _DATA = 0, 3, 1  # as LLVM's prefetch counts: near the core, not instructions


def _read_ahead(typing: Any, array: Any, at: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind, number = signature.args
        held = context.make_array(kind)(context, builder, values[0])
        place = context.cast(builder, values[1], number, types.intp)
        byte = ir.IntType(8).as_pointer()
        address = builder.bitcast(builder.gep(held.data, [place]), byte)
        signs = ir.FunctionType(ir.VoidType(), [byte, *[ir.IntType(32)] * 3])
        ask = builder.module.declare_intrinsic("llvm.prefetch", (byte,), signs)
        how = [ir.Constant(ir.IntType(32), value) for value in (_TO_READ, _KEPT, _DATA)]
        builder.call(ask, [address, *how])
        return context.get_dummy_value()

    void: Any = types.void
    return void(array, at), code


read_ahead: Callable[[Array, Number], None] = cast(Any, intrinsic(_read_ahead))
"""Asks for the memory of `array[at]`, of one dimension; nothing depends on what is there."""
