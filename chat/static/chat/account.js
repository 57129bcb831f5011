// Signing in and out by the SealTalk calls; the login itself is a cookie that no script can read.

/** The login is over, or there was none. */
export class SignedOut extends Error {}

/** What `/user/login` refused; `reason` names a text. */
export class LoginRefused extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

export async function logIn(region, phone, password) {
  let answer;
  try {
    answer = await post("/user/login", { region, phone, password });
  } catch {
    throw new LoginRefused("noServer");
  }
  if (answer.status === 429) throw new LoginRefused("tooManyLogins");
  if (answer.status >= 500) throw new LoginRefused("noServer");
  const body = answer.ok ? await answer.json() : { code: 1000 };
  if (body.code !== 200) throw new LoginRefused("badLogin");
  return { login: body.result.token };
}

/** A credential for the socket by the cookie. Raises SignedOut; TypeError without a network. */
export async function credentialByCookie() {
  const body = await ask("/user/get_token");
  return { login: body.result.token };
}

/** A credential for the socket by the login at the console. */
export async function credentialOfStaff(address) {
  const body = await ask(address);
  return { staff: body.ticket };
}

export async function logOut() {
  await post("/user/logout", {});
}

/** Who waits for an answer: `[{id, name, message}]`. */
export async function friendRequests() {
  const body = await ask("/friendship/all");
  return (body.result ?? [])
    .filter((row) => row.status === 11)
    .map((row) => ({ id: row.user.id, name: bare(row.user.nickname), message: bare(row.message) }));
}

/** `agree` or `ignore`; false if the request is not open any more. */
export async function answerRequest(act, friendId) {
  return (await post(`/friendship/${act}`, { friendId })).ok;
}

/** Text of the SealTalk dialect, which it escapes for clients that insert it as HTML. */
export const bare = (text) => (text ?? "").replaceAll("&lt;", "<").replaceAll("&gt;", ">");

async function ask(path) {
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store" });
  if (answer.status === 401 || answer.status === 403) throw new SignedOut();
  if (!answer.ok) throw new TypeError(`${answer.status}`);
  return answer.json();
}

function post(path, body) {
  return fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}
