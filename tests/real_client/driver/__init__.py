"""Headless driver for a *real* libpurple + prpl-sipe (pidgin-sipe) client.

One process is one account. Commands are JSON objects, one per line, on standard input; events are JSON objects, one
per line, on standard output. No display, no D-Bus, no GTK: only libpurple.so.0, libglib-2.0.so.0 and the SIPE
protocol plugin, used through ctypes with a GLib main loop. It needs no Python package at all.

By hand::

    python -m tests.real_client.driver --username alice@litwareinc.com --password SECRET \
        --server 127.0.0.1:5061 --transport tls --groupchat-user pce@litwareinc.com --connect

COMMANDS (every command may carry an "id"; it is echoed in the "reply" event)
  {"cmd":"connect", <account keys, see --help>}   create the account if needed, sign on
  {"cmd":"list_rooms"}                            -> event "rooms" or "rooms_failed"
  {"cmd":"join","uri":"ma-chan://dom/guid"}       -> event "room_joined" (or "notify" on error)
  {"cmd":"send","room":<uri or name>,"text":"plain text"}   or "html":"<b>raw</b>"
  {"cmd":"participants","room":<uri or name>}     -> reply has "users"
  {"cmd":"rooms_joined"}                          -> reply has "rooms"
  {"cmd":"leave","room":<uri or name>}
  {"cmd":"im","to":"sip:bob@x","text":"hi"}
  {"cmd":"status","status":"available|busy|away|..","message":"note"}
  {"cmd":"set_option","name":..,"value":..}       account option, effective at next connect
  {"cmd":"answer_request","request":N,"choice":I} answer a libpurple request dialog
  {"cmd":"sign_off"}                              un-REGISTER and disconnect
  {"cmd":"drop_network"}                          close the sockets WITHOUT un-REGISTER (simulated crash)
  {"cmd":"state"}                                 -> reply with connection state
  {"cmd":"dump_log","path":F,"what":"sip|sipe|all"}  write the captured debug log
  {"cmd":"quit"}                                  sign off and exit 0      (EOF on stdin does the same)

EVENTS  {"event":NAME, "t":epoch-seconds, ...}
  ready, reply, connecting, signed_on, signed_off, connection_error,
  groupchat (phase: init|connected|unavailable|failed|retry|disabled), rooms, rooms_failed,
  room_joined, room_left, users_added, users_removed, user_flags, topic,
  chat_message, system_message, error_message, im_message, notify, request,
  sip (only with --sip-events), driver_error
"""
