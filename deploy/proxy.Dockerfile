# The reverse proxy of docker-compose.yaml: Caddy as a user who is not root. Its binary carries a capability for ports
# below 1024, which a container without capabilities may not even start; containers may open such ports without.

FROM caddy:2.11.4-alpine@sha256:6aeddd44c3078b0f9a35206472a11420648a79c184603ef95957d0a20044cb2b
RUN setcap -r /usr/bin/caddy && chown -R 1000:1000 /data /config
USER 1000:1000
