#!/bin/sh
# The nginx of compose.yaml: the files beside this one, with the containers as web instances.
set -eu

target=/etc/civic-nginx
mkdir -p "$target" /var/lib/nginx/body /var/lib/nginx/proxy /var/cache/nginx
cp -r /deploy/nginx/. "$target"
cp /etc/nginx/mime.types "$target"
sed -i 's/^user www-data;/user nginx;/; s#error_log /var/log/nginx/error.log#error_log stderr#' \
    "$target/nginx.conf"
sed -i "s/beteiligung.example.org/$CIVIC_HOST/g" "$target/civic.conf"
sed -i 's#unix:/run/civic/web-\([12]\).sock#web-\1:8000#' "$target/civic/upstream.conf"
exec nginx -c "$target/nginx.conf" -g "daemon off;"
