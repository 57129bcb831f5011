// The page: who is signed in, which conversation is open, and what comes over the connection.

import {
  LoginRefused, SignedOut, credentialByCookie, credentialOfStaff, logIn, logOut,
} from "./account.js";
import { App } from "./app.js";
import { byId } from "./dom.js";
import { boot, t } from "./texts.js";

let app = null;

function showEntry(reason = "") {
  byId("app").hidden = true;
  byId("entry").hidden = false;
  byId("login-error").textContent = reason;
  byId(reason ? "password" : "phone").focus();
}

function enter(credential) {
  byId("entry").hidden = true;
  byId("app").hidden = false;
  byId("password").value = "";
  app ??= new App({
    credential: () => (boot.staff ? credentialOfStaff(boot.staff.ticket) : credentialByCookie()),
    signedOut: () => {
      if (boot.staff) location.assign("/admin/login/?next=" + encodeURIComponent(location.pathname + location.search));
      else showEntry(t("signedOut"));
    },
  });
  app.start(credential);
}

byId("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [region, phone, password] = ["region", "phone", "password"].map((id) => byId(id).value.trim());
  const button = event.target.querySelector("button");
  byId("login-error").textContent = "";
  button.disabled = true;
  try {
    enter(await logIn(region.replace(/^\+/, ""), phone, password));
  } catch (fault) {
    if (!(fault instanceof LoginRefused)) throw fault;
    showEntry(t(fault.reason));
  } finally {
    button.disabled = false;
  }
});

byId("sign-out")?.addEventListener("click", async () => {
  app.stop();
  try {
    await logOut();
  } finally {
    location.assign(location.pathname); // nothing of the person stays in memory
  }
});

if (!boot.signedIn && !boot.staff) showEntry();
else try {
  enter(boot.staff ? await credentialOfStaff(boot.staff.ticket) : await credentialByCookie());
} catch (fault) {
  if (fault instanceof SignedOut) showEntry();
  else enter(null); // no network: the page waits for it
}
