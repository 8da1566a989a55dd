#!/bin/sh
# Makes what is missing in ./secrets, and checks all of it: nothing short, nothing typed by hand, nothing others can read.
#   sh infra/deploy/make-secrets.sh [DIRECTORY]           makes and checks
#   sh infra/deploy/make-secrets.sh --check [DIRECTORY]   only checks
set -eu
umask 077
check=false
[ "${1:-}" = --check ] && { check=true; shift; }
dir=${1:-secrets}
bauta_user=${BAUTA_USER:-1000}
bad=0
say() { printf '%s\n' "$*" >&2; }
wrong() { say "wrong: $*"; bad=1; }

random_hex() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; echo; }
random_base64() { head -c 32 /dev/urandom | base64; }
sha256() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }

# In containers other users read them; here the directory keeps everybody else out.
write() { # NAME MODE, text on stdin
  if [ -e "$dir/$1" ]; then
    cat >/dev/null
    return
  fi
  cat >"$dir/$1.new"
  chmod "$2" "$dir/$1.new"
  mv "$dir/$1.new" "$dir/$1"
  say "made $dir/$1"
}
hash_of() { sha256 "$(cat "$dir/$1")"; }

passwords='kafka_password redis_password clickhouse_owner clickhouse_profiles clickhouse_segments clickhouse_activation
postgres_owner postgres_profiles postgres_segments postgres_vault postgres_activation grafana_admin'
keys='kek_web kek_profiles kek_person'

if ! $check; then
  mkdir -p "$dir"
  chmod 700 "$dir"
  for name in $keys; do
    random_base64 | write "$name" 600
  done
  for name in $passwords; do
    random_hex | write "$name" 444
  done
  printf 'KafkaServer {\n  org.apache.kafka.common.security.plain.PlainLoginModule required user_bauta="%s";\n};\n' \
    "$(cat "$dir/kafka_password")" | write kafka_jaas 444
  printf 'user default on sanitize-payload ~* &* +@all -@admin -@dangerous +info #%s\n' "$(hash_of redis_password)" | write redis_users 444
  {
    printf '<!-- The owner, who migrates and makes the other users; and nobody from elsewhere without a password. -->\n<clickhouse>\n  <users>\n'
    printf '    <default><networks replace="replace"><ip>127.0.0.1</ip><ip>::1</ip></networks></default>\n'
    printf '    <bauta_owner>\n      <password_sha256_hex>%s</password_sha256_hex>\n' "$(hash_of clickhouse_owner)"
    printf '      <access_management>1</access_management>\n      <named_collection_control>1</named_collection_control>\n'
    printf '      <networks><ip>::/0</ip></networks>\n      <profile>default</profile>\n      <quota>default</quota>\n'
    printf '    </bauta_owner>\n  </users>\n</clickhouse>\n'
  } | write clickhouse_users 444
  if [ ! -e "$dir/smtp_url" ]; then
    printf '%s' "${SMTP_URL:-}" | write smtp_url 444
  fi
  # The services run as this user, and a key-encryption key is read by nobody else.
  if [ "$(id -u)" = 0 ]; then
    for name in $keys; do chown "$bauta_user" "$dir/$name"; done
  fi
fi

[ -d "$dir" ] || { wrong "$dir is not there"; exit 1; }
case $(ls -ld "$dir") in drwx------*) ;; *) wrong "$dir can be entered by others; run: chmod 700 $dir" ;; esac
for name in $keys $passwords; do
  file=$dir/$name
  [ -s "$file" ] || { wrong "$file is not there; run this without --check"; continue; }
  text=$(cat "$file" 2>/dev/null) || { wrong "$file cannot be read by this user"; continue; }
  [ "${#text}" -ge 32 ] || wrong "$file has ${#text} characters; delete it and run this again"
  # Chance uses most of the signs there are; words, repetitions and sequences do not.
  signs=$(printf '%s' "$text" | fold -w1 | sort -u | wc -l)
  [ "$signs" -ge 10 ] || wrong "$file is not random; delete it and run this again"
  case $text in *[Pp]assword* | *[Ss]ecret* | *[Cc]hange* | *0123456789* | *abcdefgh*) wrong "$file was typed by hand; delete it and run this again" ;; esac
done
[ "$(cat "$dir"/kek_* "$dir"/*_password "$dir"/postgres_* "$dir"/clickhouse_[oasp]* 2>/dev/null | sort | uniq -d | wc -l)" = 0 ] || wrong 'two secrets are the same'
for name in $keys; do
  [ -e "$dir/$name" ] || continue
  case $(ls -ln "$dir/$name") in
    -rw-------*) ;;
    *) wrong "$dir/$name can be read by others; run: chmod 600 $dir/$name" ;;
  esac
  [ "$(ls -ln "$dir/$name" | awk '{ print $3 }')" = "$bauta_user" ] || wrong "$dir/$name must belong to user $bauta_user, as whom the services run; run: sudo chown $bauta_user $dir/$name"
done
[ -s "$dir/smtp_url" ] || wrong "$dir/smtp_url is empty: write the mail server into it, as in smtps://user:password@mail.example.org"
[ "$bad" = 0 ] && say "all secrets in $dir are there, strong and private"
exit "$bad"
