-- wrk: one device authorization after another.
wrk.method = "POST"
wrk.path = "/device_authorization"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.body = "client_id=lobby-tv&scope=openid+offline_access"
