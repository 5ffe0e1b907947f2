#!/bin/sh
# Runs all servers of this Space. When one ends, or when we are told to stop, the others end too.
set -u

python3 -m uvicorn app:app --host 0.0.0.0 --port 7860 --no-access-log &
app=$!
python3 -m uvicorn api:app --host 127.0.0.1 --port 8000 --no-access-log &
api=$!
python3 unnamed.py &
unnamed=$!

stop() { kill -TERM "$app" "$api" "$unnamed" 2>/dev/null; }
trap 'stop; wait; exit 0' TERM INT

# sh has no "wait for any": look at all three, a second apart. A signal ends the wait at once.
while kill -0 "$app" 2>/dev/null && kill -0 "$api" 2>/dev/null && kill -0 "$unnamed" 2>/dev/null; do
  sleep 1 &
  wait $!
done
echo "a server ended; stopping the others" >&2
stop
wait
exit 1
