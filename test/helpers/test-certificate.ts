/** A certificate for `localhost` that no authority has signed, and its key: for tests of what must be refused. */

/** The key, in PEM form. */
export const testKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2Mu+AYVgSeHRbPIA
mr5kK/Yk8DfQog59Js1dg85AMKyhRANCAASw2LVjIX5iiwuTso3IK6xOkhMTimAk
90UVlrqRX17bVS2B0ipVndV+QotEv9BzmYJ/ecfGfJihe56OK2MFb82N
-----END PRIVATE KEY-----
`;

/** The certificate, in PEM form, valid until 2126. */
export const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUDZ3mLZYo0ZMaL4dPL4CKmQqaL9gwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTE0NDczMVoYDzIxMjYxMDI4
MTQ0NzMxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASw2LVjIX5iiwuTso3IK6xOkhMTimAk90UVlrqRX17bVS2B0ipVndV+
QotEv9BzmYJ/ecfGfJihe56OK2MFb82No28wbTAdBgNVHQ4EFgQUBgZxhAO58+XT
54hlA/jMVO7PyTMwHwYDVR0jBBgwFoAUBgZxhAO58+XT54hlA/jMVO7PyTMwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhANniicsEdWuD0fxE6sTskto5Rl27ong2fne6xD4egE+XAiAk
sEoww+CZgS7w3gpQ839++zPltv2//To1BJWECuUhaA==
-----END CERTIFICATE-----
`;
