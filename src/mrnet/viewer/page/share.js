// Copies for use outside the page: a link, a command, a picture, a print.
import { download, showText } from "./dom.js";
import { writeCommand, writeLink } from "./link.js";
import { compose, encode } from "./picture.js";
import { PLANES } from "./words.js";
/** @import { Entry, Index, Place, Settings } from "./types.js" */
/** @import { Pane } from "./pane.js" */

/**
 * @typedef {object} ShareHost
 * @property {HTMLElement} root
 * @property {Index} index
 * @property {Settings} settings
 * @property {() => Place | null} place
 * @property {() => { pane: Pane, entry: Entry }[]} shown
 * @property {(text: string, tone?: "loud" | "warning") => void} say
 */

export class Share {
  /** @param {ShareHost} host */
  constructor(host) {
    this.host = host;
  }

  /** @param {string} text @param {string} what */
  async copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      this.host.say(`Copied ${what}`);
    } catch {
      showText(this.host.root, `Copy ${what}`, text);
    }
  }

  copyLink() {
    const place = this.host.place();
    if (place) this.copy(location.href.split("#")[0] + writeLink(place), "the link");
  }

  copyCommand() {
    const place = this.host.place();
    if (place) this.copy(this.command(place), "the command");
  }

  /** @param {Place} place */
  command(place) {
    const twice = this.host.index.cases.filter((each) => each.case === place.entry.case).length > 1;
    return writeCommand(place, twice);
  }

  picture() {
    const shown = this.host.shown().map(({ pane, entry }) => ({
      pane,
      title: [entry.case, entry.split].filter(Boolean).join(" "),
    }));
    return shown.length ? compose(shown, this.host.settings.smooth) : null;
  }

  async savePicture() {
    const [place, picture] = [this.host.place(), this.picture()];
    if (!place || !picture) return this.host.say("There is no picture to save.");
    const { blind, version } = this.host.index;
    const planes = this.host.shown().map(({ pane }) => `-${pane.plane}`);
    const name = `${place.entry.case}${planes.length < PLANES.length ? planes.join("") : ""}.png`;
    try {
      download(name, await encode(picture, blind ? null : { version, command: this.command(place) }));
      this.host.say(`Saved ${name}`);
    } catch (fault) {
      this.host.say(fault instanceof Error ? fault.message : String(fault), "warning");
    }
  }
}
