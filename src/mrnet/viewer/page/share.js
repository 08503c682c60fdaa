// Copies for use outside the page: a link, a command, a picture, a print.
import { download, showText } from "./dom.js";
import { writeCommand, writeLink } from "./link.js";
import { compose, encode } from "./picture.js";
import { PLANES } from "./words.js";
/** @import { Entry, Index, Settings, ViewState } from "./types.js" */
/** @import { Pane } from "./pane.js" */

/**
 * @typedef {object} ShareHost
 * @property {HTMLElement} root
 * @property {Index} index
 * @property {Settings} settings
 * @property {() => ViewState | null} viewState
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
    const state = this.host.viewState();
    if (state) this.copy(location.href.split("#")[0] + writeLink(state), "the link");
  }

  copyCommand() {
    const state = this.host.viewState();
    if (state) this.copy(this.command(state), "the command");
  }

  /** @param {ViewState} state */
  command(state) {
    const twice = this.host.index.cases.filter((each) => each.case === state.entry.case).length > 1;
    return writeCommand(state, twice);
  }

  picture() {
    const shown = this.host.shown().map(({ pane, entry }) => ({
      pane,
      title: [entry.case, entry.split].filter(Boolean).join(" "),
    }));
    return shown.length ? compose(shown, this.host.settings.smooth) : null;
  }

  async savePicture() {
    const [state, picture] = [this.host.viewState(), this.picture()];
    if (!state || !picture) return this.host.say("There is no picture to save.");
    const { blind, version } = this.host.index;
    const planes = this.host.shown().map(({ pane }) => `-${pane.plane}`);
    const name = `${state.entry.case}${planes.length < PLANES.length ? planes.join("") : ""}.png`;
    try {
      download(name, await encode(picture, blind ? null : { version, command: this.command(state) }));
      this.host.say(`Saved ${name}`);
    } catch (fault) {
      this.host.say(fault instanceof Error ? fault.message : String(fault), "warning");
    }
  }
}
