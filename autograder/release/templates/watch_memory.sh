#!/usr/bin/env bash
# Runs a command in a container, and keeps in FILE the most memory (bytes) that the container could not have done without:
# anonymous and shared memory and the kernel's own, not the page cache, which gives way. A second number counts the
# processes that were killed for lack of memory. Pure bash, so that watching takes next to nothing itself.
#
#   watch_memory.sh FILE COMMAND [ARGUMENT ...]
set -uo pipefail

file=$1
shift
v2=/sys/fs/cgroup v1=/sys/fs/cgroup/memory

used() {
  local sum=0 name value stat=$v2/memory.stat
  if [ ! -r "$stat" ]; then stat=$v1/memory.stat; fi
  while read -r name value; do
    case $name in anon | shmem | kernel | total_rss | total_shmem) sum=$((sum + value)) ;; esac
  done < "$stat"
  if [ -r "$v1/memory.kmem.usage_in_bytes" ]; then sum=$((sum + $(< "$v1/memory.kmem.usage_in_bytes"))); fi
  echo "$sum"
}

killed() {
  local name value count=0 events=$v2/memory.events
  if [ ! -r "$events" ]; then events=$v1/memory.oom_control; fi
  while read -r name value; do
    if [ "$name" = oom_kill ]; then count=$value; fi
  done < "$events"
  echo "$count"
}

watch() {
  local most=0 now
  while true; do
    now=$(used)
    if [ "$now" -gt "$most" ]; then most=$now; fi
    # Written over in place, never emptied first: the watcher may be killed at any time, and FILE be read at any time.
    printf '%20d %10d\n' "$most" "$(killed)" 1<> "$file"
    sleep 0.2
  done
}

if ! { used && killed; } > /dev/null 2>&1; then exec "$@"; fi
watch &
watcher=$!
"$@"
code=$?
sleep 0.3
kill "$watcher"
exit "$code"
