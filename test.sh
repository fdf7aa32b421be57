#!/usr/bin/env bash
# Restores, builds and tests Exo. Ends with one line: "N passed, N failed, N skipped".
#
# Exo.Tests needs only mainstream packages. The Orleans and TorchSharp projects are tested where the package feed holds
# those packages; where it does not, the missing package is named, those tests are left out by name, and that is no failure.
# EXO_VECTORS names a folder of reference vectors; the tests that need it are skipped without it.
set -uo pipefail
cd "$(dirname "$0")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDTERMINALLOGGER=off
configuration=Release
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
passed=0 failed=0 skipped=0 broken=0

# Adds the counters of one test run's report to the totals.
count() {
  local report=$1 counters
  counters=$(grep -o '<Counters [^>]*>' "$report" | head -n 1)
  field() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  local total executed succeeded
  total=$(field total) executed=$(field executed) succeeded=$(field passed)
  passed=$((passed + succeeded))
  failed=$((failed + executed - succeeded))
  skipped=$((skipped + total - executed))
}

# Builds and runs one test project. A run that leaves no report is a failure of its own.
run() {
  local project=$1
  echo "== $project"
  dotnet test "$project" -c "$configuration" --nologo -v quiet --logger "trx;LogFileName=$project.trx" --logger "console;verbosity=minimal" \
    --results-directory "$results" -p:WarningLevel=0 || broken=1
  if [ -f "$results/$project.trx" ]; then count "$results/$project.trx"; else echo "$project: the tests did not run" >&2; broken=1; fi
}

# Restores a project whose packages a partial feed may lack. Returns 1, naming the package, where the feed lacks
# a Microsoft.Orleans or TorchSharp package; any other failure of the restore counts as broken.
restorable() {
  local project=$1 log missing
  if log=$(dotnet restore "$project" --nologo 2>&1); then return 0; fi
  missing=$(grep -oE "NU110[123]: [^']*'?(Microsoft\.Orleans|TorchSharp|libtorch)[A-Za-z0-9.-]*" <<<"$log" | grep -oE '(Microsoft\.Orleans|TorchSharp|libtorch)[A-Za-z0-9.-]*' | sed 's/[.]$//' | sort -u | paste -sd ' ')
  if [ -n "$missing" ]; then
    echo "== $project left out: the package feed lacks $missing"
  else
    echo "$log" >&2
    echo "$project: the restore failed" >&2
    broken=1
  fi
  return 1
}

run Exo.Tests
for project in Exo.Grains.Tests Exo.Torch.Tests; do
  if [ -d "$project" ] && restorable "$project"; then run "$project"; fi
done

if [ "$broken" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
