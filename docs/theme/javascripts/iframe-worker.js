// A page opened from a stick (file:) may start no Worker, and the search is one. There it runs in a hidden frame
// instead; over http this file does nothing. The site builder would fetch its own such file from the network.
"use strict";

if (location.protocol === "file:") {
  // Runs in the frame: answers go through the port, and what comes through the port is the worker's message.
  const begin = () => {
    addEventListener("message", (first) => {
      first.stopImmediatePropagation();
      const [port] = first.ports;
      self.postMessage = (data) => port.postMessage(data);
      port.onmessage = (message) => self.onmessage(message);
    }, { once: true });
  };

  window.Worker = class {
    constructor(address) {
      const { port1, port2 } = new MessageChannel();
      const script = new URL(address, location).href.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
      this.port = port1;
      this.port.onmessage = (message) => this.onmessage?.(message);
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "worker";
      this.frame.srcdoc = `<script>(${begin})()</script><script src="${script}"></script>`;
      this.frame.onload = () => this.frame.contentWindow.postMessage(null, "*", [port2]);
      document.body.append(this.frame);
    }

    postMessage(data) {
      this.port.postMessage(data);
    }

    terminate() {
      this.port.close();
      this.frame.remove();
    }
  };
}
