/**
 * A form in which a secret stands in a text, between « and », and a text that is near it and must stay. Credentials are put
 * together here, so that no scanner takes this file for a leak.
 */
export type SecretForm = readonly [form: string, near: string];

const SIGNS = 'aB3dE5gH7jK9mN2pQ4sT6vW8xY0zC1fR';
const signs = (length: number, from = SIGNS) => from.repeat(Math.ceil(length / from.length)).slice(0, length);
const hex = (length: number) => signs(length, '0f1e2d3c4b5a69788796a5b4c3d2e1f0');
const upper = (length: number) => signs(length, 'A3B5C7D2E4F6G8H9');
const made = (before: string, length: number, from = signs) => `${before}${from(length)}`;
const UUID = '019a8f3e-7a10-7000-8000-000000000001';

const addresses: SecretForm[] = [
  ['postgres://app:«p@ss4w0rd»@db/prod', 'postgres://app@db/prod'],
  ['postgres://app:«p/ss»@db/prod', 'https://example.com:8080/a@b'],
  ['mysql://root:«s3cr3t»@10.0.0.1:3306/shop?ssl=true', 'mysql://root@10.0.0.1:3306/shop?ssl=true'],
  ['redis://:«hunter2»@cache:6379/0', 'redis://cache:6379/0'],
  ['amqp://guest:«guest»@mq:5672/%2f', 'amqp://mq:5672/%2f'],
  ['mongodb+srv://u:«p%40ss»@c0.example.net/db', 'mongodb+srv://c0.example.net/db'],
  ['postgres:\\/\\/app:«hunter2»@db', 'http:\\/\\/localhost:3000\\/ada@example.com'],
  ['git clone https://ada:«hunter2»@git.example.com/x.git', 'git clone ssh://git@git.example.com:22/x.git'],
  ['https://ci:«a:b:c»@host/path', 'https://host:443?next=ada@example.com'],
  ['jdbc:oracle:thin:scott/«tiger»@db:1521:orcl', 'jdbc:oracle:thin:@db:1521:orcl'],
  ['jdbc:mysql://db/shop?user=a&password=«b»&ssl=1', 'jdbc:mysql://db/shop?user=a&passwordCharacterEncoding=utf8'],
  ['GET /reset?user=7&token=«s3cr»&x=1', 'GET /reset?user=7&tokenType=jwt&x=1'],
  ['/cb?code=«4/0AX4XfWgWq7Zb1lQe»&state=x', '/errors?code=404&state=x'],
  [`/b?sp=r&sig=«${signs(43)}»#top`, '/b?sp=r&signal=strong#top'],
  [`/o?X-Amz-Expires=60&X-Amz-Signature=«${hex(64)}»`, '/o?X-Amz-Expires=60&X-Amz-SignedHeaders=host'],
  ['/login?next=%2Fa%3Ftoken%3D«abc123»%26b', '/login?next=%2Fa%3Fpage%3D12%26b'],
  ['/page?password=«p1»#results', '/page?q=password#results'],
  [`https://hooks.slack.com/services/«T00000000/B00000000/${signs(24)}»`, 'https://hooks.slack.com/docs'],
  [`https://discord.com/api/webhooks/123456/«${signs(60)}»`, 'https://discord.com/channels/123456/789'],
  [`https://x.webhook.office.com/webhookb2/«${UUID}@${UUID}/IncomingWebhook/${hex(32)}»`, `https://x.office.com/${UUID}`],
]; // prettier-ignore

const assignments: SecretForm[] = [
  ['password=«hunter2»', 'passwordLength=12'],
  ['Password = «x»', 'Password policy = strict'],
  ['password: «hunter2»', 'password: changed by Ada'],
  ['Password: «correct horse battery»', 'Password: must have 12 characters'],
  ['the password: «hunter2» was used', 'the password: was used twice'],
  ['db.password=«p#ss,w;rd»', 'db.passwordFile=/run/secrets/db'],
  ['PASSWORD=«p&q»', 'PASSWORD_RESET_URL=/reset'],
  ['password := «hunter2»', 'password == null'],
  ['password => «"hunter2"»', 'if (password === other) return'],
  [":password=>«'hunter2'»", 'Password::Reset was loaded'],
  ['user[password]=«x1»&user[name]=ada', 'user[passwordHint]=dog&user[name]=ada'],
  ['user%5Bpassword%5D=«x1»&a=b', 'user%5Bname%5D=x1&a=b'],
  ['password_confirmation=«x1»', 'password_changed_at=2026'],
  ['new-password=«x1»&old-password=«y2»', 'new-passwordless=yes&old=y2'],
  ['DB_PASS=«hunter2»', 'BOARDING_PASS=A12'],
  ['smtp.pass: «hunter2»', 'tests pass: 12 of 12'],
  ['otp=«123456»', 'opt=123456'],
  ['export API_KEY=«abc123»', 'export API_KEY_FILE=/run/key'],
  ['X-Api-Key: «k 1»', 'X-Api-Version: 1'],
  ['api key = «abc123»', 'monkey = abc123'],
  ['Access key: «abc123»', 'Access level: abc123'],
  ['client_secret=«abc123»', 'client_secretary=Ada'],
  ['aws_secret_access_key = «abc/123+x»', 'aws_secret_access_key_age = 12'],
  ['AccountKey=«abc123==»;EndpointSuffix=core', 'AccountKeyCount=2;EndpointSuffix=core'],
  ['Server=db;User=sa;Pwd=«xy»', 'Server=db;User=sa;Persist=no'],
  ['Server=db;Password=«"a;b"»;Port=1', 'Server=db;Passwordless=true;Port=1'],
  ['{user=ada, password=«hunter2»}', '{user=ada, passwords=2}'],
  ['(token=«abc123»)', '(tokens=3)'],
  ['level=info token=«abc123» user=ada', 'level=info tokens=4096 user=ada'],
  ['sessionToken=«abc»', 'sessionId=abc'],
  ['_authToken=«abc»', '_authType=basic'],
  ['refresh-token: «abc123»', 'refresh-interval: 30'],
  ['csrf_token=«abc123»', 'csrf_protection=on'],
  ['PHPSESSID=«abc123»', 'PHPVERSION=8'],
  ['/a;jsessionid=«ABC123»', '/a;version=ABC123'],
  ['connect.sid=«s%3Aabc.def»', 'connect.side=left'],
  ['Pin: «1234»', 'Pin: see the map'],
  ['CVV: «123»', 'CV: 123 pages'],
  ['ssn: «078-05-1120»', 'ssa: 078'],
  ['salt=«abc»', 'default=abc'],
  ['passphrase = «one two three»', 'phrase = one two three'],
  ['Kennwort: «geheim1»', 'Kennzeichen: B-AB 12'],
  ['mot_de_passe=«secret1»', 'mot_de_fin=ok'],
  ['contraseña=«secreta1»', 'contrase=1'],
  ['"password" = «"x"»', '"path" = "x"'],
  ['config["password"] = «"x1"»', 'config["passwordRules"] = "x1"'],
  ["$_POST['password'] = «'x1'»", "$_POST['page'] = 'x1'"],
  ["UPDATE users SET password=«'it''s'» WHERE id=1", 'UPDATE users SET password=:password WHERE id=1'],
  ['WHERE token = «"abc"»', 'WHERE token = :token AND password = ?'],
  ['password: «hunter2»\nuser: ada', 'password: ${DB_PASSWORD}\nuser: ada'],
  ['  - secret: «x y z»\n  - name: x', '  - secretName: a\n  - name: x'],
  ['token=«a»\r\nnext', 'token=null\r\nnext'],
  ['secret=«"cut off»', 'secret=""'],
  ['password=«x»', 'password=****'],
  ['credentials=«abc»', 'credentials=[redacted]'],
  ['masterKey=«abc»', 'masterKeyId=abc'],
  ['signature=«abcdefgh12»', 'signature=valid'],
  ['recovery_codes=«ab12-cd34»', 'recovery_codes=8'],
  ['securityAnswer=«Rex»', 'securityQuestion=Name of your dog'],
  ['verification code: «A1B2C3»', 'verification status: A1B2C3'],
]; // prettier-ignore

const jsonTexts: SecretForm[] = [
  ['{"user":"a","password":"«x\\"y»","z":1}', '{"user":"a","passwordSet":"x","z":1}'],
  ['{"password": «12345», "z": 1}', '{"password": true, "z": null}'],
  ['{"token":«{"a":"b"}»,"z":1}', '{"tokens":5,"z":1}'],
  ['{"apiKeys":«["a","b"]»}', '{"apiKeys":[]}'],
  ['{"body":"{\\"password\\":\\"«x1»\\",\\"a\\":1}"}', '{"body":"{\\"page\\":\\"x1\\",\\"a\\":1}"}'],
  ['"{\\\\\\"token\\\\\\":\\\\\\"«x1»\\\\\\"}"', '"{\\\\\\"kind\\\\\\":\\\\\\"x1\\\\\\"}"'],
  ["{'password': '«x1»', 'a': 1}", "{'path': 'x1', 'a': 1}"],
  ['{"name":"DB_PASSWORD","value":"«x1»"}', '{"name":"DB_HOST","value":"x1"}'],
  ['{"value":"«x1»","name":"DB_PASSWORD"}', '{"value":"x1","name":"DB_HOST"}'],
  ['[["X-Api-Key","«x1»"],["Host","h"]]', '[["X-Request-Id","x1"],["Host","h"]]'],
  ['["Authorization","«x1»"]', '["password","email"]'],
  ['{"authorization":"«Bearer abc123def456»"}', '{"authorizationType":"bearer"}'],
  ['{"maxTokens":4096,"token":"«abc»"}', '{"maxTokens":4096,"tokenType":"abc"}'],
  ['- name: API_TOKEN\n  value: «abc»', '- name: API_URL\n  value: abc'],
  ['{"password":"«cut off»', '{"passwordField":"cut off'],
  ['<password>«x1»</password>', '<passwordChanged>x1</passwordChanged>'],
  ['<ns:Password type="t">«x1»</ns:Password>', '<ns:Path type="t">x1</ns:Path>'],
  ['<token><![CDATA[«x1»]]></token>', '<total><![CDATA[x1]]></total>'],
  ['<add key="DbPassword" value="«x1»"/>', '<add key="DbHost" value="x1"/>'],
  ['<input name="password" value="«x1»">', '<input name="search" value="x1">'],
  ['name="password"\r\n\r\n«x1»\r\n--b', 'name="comment"\r\n\r\nx1\r\n--b'],
  ['{"auth":"«YWRhOmh1bnRlcjI=»"}', '{"auth":"b2F1dGgyLXByb3ZpZGVy"}'],
]; // prettier-ignore

const headers: SecretForm[] = [
  ['Authorization: Bearer «abc123def456»', 'Authorization: granted'],
  ['authorization: «abc123def456»', 'Authorization: Ada may read'],
  ['Proxy-Authorization: Basic «dXNlcjpwYXNz»', 'Proxy-Authenticate: Basic realm=x'],
  ['Authorization: Digest «username="a", response="b"»', 'WWW-Authenticate: Digest realm="a"'],
  ['Authorization: AWS4-HMAC-SHA256 «Credential=A/b, Signature=c»', 'Authorization was changed'],
  ['Authorization: token «abc»', 'Authorization needs a token'],
  ['Cookie: «a=b; c=d»\nHost: x', 'Cookie: preferences were changed\nHost: x'],
  ['Set-Cookie: «sid=abc; Path=/; HttpOnly»', 'Cookie banner: accepted'],
  ['curl -H "Cookie: «a=b; c=d»" https://x', 'curl -H "Accept: a; c=d" https://x'],
  ["curl -H 'X-Auth-Token: «abc1»' https://x", "curl -H 'X-Trace: abc1' https://x"],
  ['BASIC «dXNlcjpwYXNz»', 'Basic subscription upgraded'],
  ['sent Bearer «abc123def456» twice', 'Bearer authentication failed'],
];

const commands: SecretForm[] = [
  ['tool --password «hunter2» --force', 'tool --password-file /run/x --force'],
  ['tool --token=«abc» run', 'tool --token-ttl=60 run'],
  ['tool --api-key «"a b"» run', 'tool --api-version "a b" run'],
  ['curl -u ada:«hunter2» https://x', 'docker run -u 1000:1000 image'],
  ['curl --user ada:«hunter2» https://x', 'curl --user-agent ada:x https://x'],
  ['mysql -h db -p«hunter2» shop', 'mysql -h db -P3306 shop'],
  ['sshpass -p «hunter2» ssh ada@host', 'ssh -p 2222 ada@host'],
  ['openssl rsa -passin pass:«hunter2»', 'openssl rsa -passin file:/run/x'],
  ["CREATE USER ada IDENTIFIED BY '«hunter2»'", "CREATE USER ada IDENTIFIED EXTERNALLY AS 'x'"],
  ["ALTER ROLE ada WITH PASSWORD '«hunter2»'", "ALTER ROLE ada WITH COMMENT 'x'"],
  ['requirepass «hunter2»', 'requires hunter2'],
  ['machine h login ada password «hunter2»', 'machine h login ada account x1'],
];

const phrases: SecretForm[] = [
  ['Your OTP is «123456»', 'Your OTP was sent to +49 30 123456'],
  ['otp «123 456» entered', 'otp entered three times'],
  ['one-time code: «12345678»', 'one-time code expired'],
  ['PIN «1234» accepted', 'PIN 12 on the board'],
  ['verification code is «482913»', 'verification code is wrong'],
  ['the password is «hunter2»!', 'the password is required!'],
  ['password changed to «Tr0ub4dor&3»', 'password changed to a stronger one'],
  ['password changed from «abc12345» to «xyz98765»', 'password changed from web to mobile'],
  ['token is «abc123def»', 'token is valid for 24 hours'],
  ['passcode «9999»', 'passcodes changed'],
  ['2FA code «123456»', 'area code 30'],
  ['paid with «4111 1111 1111 1111»', 'paid with 4111 1111 1111 1112'],
]; // prettier-ignore

const formats: SecretForm[] = [
  [`ghp_`, 36], [`gho_`, 36], [`ghs_`, 36], [`github_pat_`, 82], [`glpat-`, 20], [`gldt-`, 20], [`glrt-`, 20],
  [`xoxb-123456789012-`, 24], [`xoxp-123456789012-`, 24], [`xapp-1-A1-`, 32], [`sk_live_`, 24], [`rk_test_`, 24],
  [`whsec_`, 32], [`glsa_`, 32], [`glc_`, 40], [`npm_`, 36], [`pypi-AgEIcHlwaS5vcmc`, 60], [`dckr_pat_`, 27],
  [`hf_`, 34], [`r8_`, 37], [`gsk_`, 52], [`xai-`, 80], [`pplx-`, 48], [`sk-proj-`, 48], [`sk-ant-api03-`, 93],
  [`sk-`, 48], [`hvs.`, 90], [`dp.pt.`, 43], [`pscale_tkn_`, 43], [`sb_secret_`, 32], [`lin_api_`, 40], [`ntn_`, 46],
  [`figd_`, 40], [`CFPAT-`, 43], [`fo1_`, 43], [`phx_`, 43], [`nfp_`, 36], [`sntrys_`, 60], [`NRAK-`, 27],
  [`HRKU-AA`, 58], [`PMAK-`, 59], [`ATATT3`, 180], [`ATBB`, 32], [`sq0csp-`, 43], [`EZAK`, 54], [`ops_eyJ`, 60],
  [`GOCSPX-`, 28], [`ya29.`, 60], [`AIza`, 35], [`1//0`, 60], [`EAA`, 100], [`tfp_`, 44], [`ABSK`, 110],
].map(([before, length]): SecretForm => [
  `key «${made(String(before), Number(length))}» seen`,
  // The same mark in front of what somebody named.
  `key ${String(before).slice(0, 8)}short seen`,
]); // prettier-ignore

const hexFormats: SecretForm[] = [
  [`rubygems_`, 48], [`dop_v1_`, 64], [`sbp_`, 40], [`shpat_`, 32], [`key-`, 32], [`dapi`, 32],
].map(([before, length]): SecretForm => [
  `key «${made(String(before), Number(length), hex)}» seen`,
  `key ${String(before)}${UUID.slice(0, 8)} seen`,
]); // prettier-ignore

const shapes: SecretForm[] = [
  [`«${made('AKIA', 16, upper)}»`, 'AKIA is a prefix'],
  [`«SG.${signs(22)}.${signs(43)}»`, 'SG.1.2'],
  [`«${hex(32)}-us12»`, `${hex(32)}-user`],
  [`«${signs(14)}.atlasv1.${signs(64)}»`, `${signs(14)}.atlas`],
  [`«pat${signs(14)}.${hex(64)}»`, `patch${signs(12)}`],
  [`«abc8Q~${signs(34)}»`, 'abc8Q~x'],
  [`«123456789:AA${signs(33)}»`, '123456789:30'],
  [`«M${signs(23)}.${signs(6)}.${signs(27)}»`, `M${signs(23)}.png`],
  [`«xkeysib-${hex(64)}-${signs(16)}»`, 'xkeysib-docs'],
  [`«dt0c01.${upper(24)}.${upper(64)}»`, 'dt0c01.example'],
  [`«amzn.mws.${UUID}»`, 'amzn.mws.docs'],
  [`«AGE-SECRET-KEY-1${upper(58)}»`, 'AGE-SECRET-KEY-FILE'],
  [`jwt «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln» end`, 'jwt eyJ.a.b end'],
  [`«$2b$12$${signs(53)}»`, '$2b or not'],
  [`«$argon2id$v=19$m=65536,t=3,p=4$${signs(22)}$${signs(43)}»`, '$argon2id is used'],
  [`«$6$rounds=5000$saltsalt$${signs(86)}»`, '$6 was paid'],
  [`«pbkdf2_sha256$600000$abc$${signs(43)}=»`, 'pbkdf2_sha256 is used'],
  [`«{SSHA}${signs(32)}»`, '{SSHA} is used'],
  ['«-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----» rest', '-----BEGIN PUBLIC KEY-----\nabc'],
  ['«-----BEGIN OPENSSH PRIVATE KEY-----\nnever ended»', '-----BEGIN CERTIFICATE-----\nabc'],
  ['«-----BEGIN PGP PRIVATE KEY BLOCK-----\na\n-----END PGP PRIVATE KEY BLOCK-----»', '-----BEGIN PGP MESSAGE-----\na'],
  [`Private-Lines: 1\n«${signs(64)}»`, `Public-Lines: 1\n${signs(64)}`],
  ['card «4111111111111111».', `order 1763705899123456789`],
  ['arn is fine, secret:«abc1»', 'arn:aws:secretsmanager:eu-west-1:1:secret:shop-Ab12'],
]; // prettier-ignore

export const SECRET_FORMS: readonly SecretForm[] = [
  ...addresses,
  ...assignments,
  ...jsonTexts,
  ...headers,
  ...commands,
  ...phrases,
  ...formats,
  ...hexFormats,
  ...shapes,
];
