#!/usr/bin/env python3
"""No transcendental function of libm in the given archives: results of libm's differ with the machine's
FMA, and compilers fold them differently. The world uses core's own maths. sqrt, fma, floor and their
like are exact, so they are allowed.

    no_libm.py NM ARCHIVE...
"""
import re
import subprocess
import sys

NAMES = ("sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh sincos exp exp2 exp10 expm1 "
         "log log2 log10 log1p pow cbrt hypot erf erfc lgamma tgamma").split()
FORBIDDEN = re.compile(rf"^(?:__)?(?:{'|'.join(NAMES)})(?:f|l|f32|f64|f128)?(?:_finite)?(?:@.*)?$")
# clang and gcc may also call libmvec's vector versions: _ZGVdN8v_sinf.
VECTOR = re.compile(r"^_ZGV[a-z][NM]\d+v+_")


def main():
    nm, archives = sys.argv[1], sys.argv[2:]
    offences = []
    for archive in archives:
        # -A puts archive and member before each symbol.
        listing = subprocess.run([nm, "-A", "-u", archive], check=True, capture_output=True, text=True)
        for line in listing.stdout.splitlines():
            where, _, symbol = line.rpartition(" ")
            if FORBIDDEN.match(symbol) or VECTOR.match(symbol):
                offences.append(f"{where.removesuffix('U').strip()} calls {symbol}; use core's maths")
    print("\n".join(offences) or f"{len(archives)} archives, 0 offences")
    sys.exit(1 if offences or not archives else 0)


if __name__ == "__main__":
    main()
