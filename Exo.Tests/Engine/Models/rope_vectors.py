#!/usr/bin/env python3
"""Prints the expected frequencies of HfRopeTests: the definitions of transformers' modeling_rope_utils.py, written down again
in float64 with wavelengths as there (the engine counts turns), so that the two share no line."""
import math


def plain(theta, dim):
    return [1.0 / theta ** (2 * i / dim) for i in range(dim // 2)]


def llama3(theta, dim, factor, low, high, old):
    out = []
    for f in plain(theta, dim):
        wavelength = 2 * math.pi / f
        if wavelength < old / high:
            out.append(f)
        elif wavelength > old / low:
            out.append(f / factor)
        else:
            smooth = (old / wavelength - low) / (high - low)
            out.append((1 - smooth) * f / factor + smooth * f)
    return out


def yarn(theta, dim, factor, old, fast=32, slow=1, truncate=True):
    def correction(rotations):
        return dim * math.log(old / (rotations * 2 * math.pi)) / (2 * math.log(theta))
    low, high = correction(fast), correction(slow)
    if truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, dim - 1)
    if low == high:
        high += 0.001
    out = []
    for i, f in enumerate(plain(theta, dim)):
        extrapolated = 1 - min(max((i - low) / (high - low), 0), 1)
        out.append(f / factor * (1 - extrapolated) + f * extrapolated)
    return out


def show(name, values):
    print(name + ': [' + ', '.join('%.9g' % v for v in values) + ']')


show('plain 10000 16', plain(10000, 16))
show('linear 10000 16 /4', [f / 4 for f in plain(10000, 16)])
show('llama3 500000 32 8 1 4 8192', llama3(500000, 32, 8, 1, 4, 8192))
show('yarn 1000000 32 4 32768', yarn(1000000, 32, 4, 32768))
show('yarn 150000 32 32 4096 no truncate', yarn(150000, 32, 32, 4096, truncate=False))
show('yarn 10000 32 40 4096 fast 16 slow 2', yarn(10000, 32, 40, 4096, 16, 2))
print('magnitude 4: %.9g' % (0.1 * math.log(4) + 1))
print('magnitude 40, mscale 1 / all 0.707: %.9g' % ((0.1 * math.log(40) + 1) / (0.1 * 0.707 * math.log(40) + 1)))
