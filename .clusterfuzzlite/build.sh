#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the targets that need no privilege, as ClusterFuzzLite and OSS-Fuzz ask: $CC $CXX $CFLAGS $CXXFLAGS
# $LIB_FUZZING_ENGINE in, binaries with seeds, dictionaries and options in $OUT out.
cd "$SRC/natstep"
cmake -S . -B "$WORK/natstep" -G Ninja -DCMAKE_BUILD_TYPE=None -DNATSTEP_FUZZ=ON -DNATSTEP_TESTS=OFF -DNATSTEP_SCAPY=OFF \
  -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_CXX_FLAGS="$CXXFLAGS"
cmake --build "$WORK/natstep" --target natstep_fuzzers_anywhere natstep_seed_corpora
for target in fuzz_wire fuzz_scenario fuzz_rules fuzz_model; do
  cp "$WORK/natstep/fuzz/$target" "$WORK/natstep/fuzz/${target}_seed_corpus.zip" "fuzz/$target.options" "$OUT/"
  if [ -e "fuzz/$target.dict" ]; then cp "fuzz/$target.dict" "$OUT/"; fi
done
