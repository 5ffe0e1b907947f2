"""A server on a port that no route names. It answers inside the container only."""
import http.server


class Unreachable(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"you should not be able to read this from outside\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("0.0.0.0", 9000), Unreachable).serve_forever()
