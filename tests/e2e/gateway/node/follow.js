// Follows /events to its end, for Node.js and browsers alike. Says at once which event it has, because the app waits for that with the next.
async function follow(EventSource, base) {
  const seen = { events: [], opened: 0, broken: 0 };
  const source = new EventSource(base + "/events");
  return new Promise((done, failed) => {
    source.onopen = () => (seen.opened += 1);
    source.onmessage = (event) => {
      seen.events.push([event.lastEventId, event.data]);
      fetch(`${base}/seen?id=${event.lastEventId}`, { method: "POST" }).catch(failed);
    };
    // An answer that is no stream of events ends it for good (HTML, 9.2.3); everything else is tried again.
    source.onerror = (event) => {
      seen.broken += 1;
      if (source.readyState === EventSource.CLOSED) failed(new Error(`closed: ${event.code} ${event.message}`));
    };
    source.addEventListener("end", () => {
      source.close();
      done(seen);
    });
  });
}

if (typeof module !== "undefined") {
  const { EventSource } = require("eventsource");
  setTimeout(() => { console.error("nothing more happened"); process.exit(1); }, 50000);
  follow(EventSource, process.argv[2]).then(
    (seen) => { console.log(JSON.stringify(seen)); process.exit(0); },
    (error) => { console.error(error.stack, error.cause); process.exit(1); });
}
