/* SPDX-License-Identifier: Apache-2.0 */
/* letter: see letter.h. */
#include "runtime/providers/letter.h"

#include "runtime/providers/letter_words.h"
#include "runtime/providers/safe.h"
#include "runtime/providers/sealed.h"

static struct text describe(const struct call *call, struct text what, const struct cert *cert)
{
  return text_format(
      call->arena,
      "%.*s\n  subject  %.*s\n  issuer   %.*s\n  serial   %.*s\n"
      "  valid    %.*s to %.*s\n  SHA-256  %.*s\n",
      TEXT_ARG(what), TEXT_ARG(cert->subject), TEXT_ARG(cert->issuer), TEXT_ARG(cert->serial),
      TEXT_ARG(cert_time_text(call->arena, cert->not_before_s)),
      TEXT_ARG(cert_time_text(call->arena, cert->not_after_s)), TEXT_ARG(cert->fingerprint));
}

bool letter_certificates(const struct call *call, const struct argument *argument,
                         struct text *ret_pem, struct text *ret_lines, struct answer *answer)
{
  struct cert_list chain;
  struct text name = argument_name(call, argument), error = TEXT_NONE;
  if (safe_read_chain(call, name, &chain, &error) != FILE_FOUND) {
    answer_say(call, answer, "%.*s is not there to be handed over: %.*s", TEXT_ARG(name),
               TEXT_ARG(error));
    return false;
  }
  const struct cert *root = certs_root(&chain);
  if (argument_has(argument, MEMBER_ROOT)) {
    if (root == NULL) {
      answer_say(call, answer, "the root of %.*s is not known: its chain ends with %.*s",
                 TEXT_ARG(name), TEXT_ARG(chain.items[chain.count - 1].subject));
      return false;
    }
    *ret_pem = cert_to_pem(call->arena, root);
    *ret_lines = describe(call, text_format(call->arena, "Root of %.*s", TEXT_ARG(name)), root);
    return true;
  }
  struct cert_list shown = certs_without_root(&chain);
  *ret_pem = certs_to_pem(call->arena, &shown);
  *ret_lines =
      describe(call, text_format(call->arena, "Certificate %.*s", TEXT_ARG(name)), &chain.items[0]);
  if (shown.count > 1)
    *ret_lines = text_format(call->arena, "%.*s  and %u certificate%s of its chain\n",
                             TEXT_ARG(*ret_lines), shown.count - 1, shown.count == 2 ? "" : "s");
  return true;
}

/* What the author wrote, or for a hand-over what is handed over. */
static struct text heading(const struct call *call)
{
  const struct argument *said = step_argument(call->graph, call->step, PART_TEXT, 0);
  return said != NULL ? said->text : call->step->sentence;
}

static struct text title_of(const struct graph *graph)
{
  return graph->title.length != 0 ? graph->title : graph->name;
}

static struct text subject(const struct call *call)
{
  return text_format(call->arena, "[renew %.*s] %.*s: %.*s", TEXT_ARG(call->run),
                     TEXT_ARG(call->step->label), TEXT_ARG(title_of(call->graph)));
}

/* No date: the same message must read the same at every attempt. */
static void sign(const struct call *call, struct buffer *words)
{
  const struct graph *graph = call->graph;
  buffer_format(words, "-- \nrenew %.*s, step %.*s of \"%.*s\"%s%.*s\n", TEXT_ARG(call->run),
                TEXT_ARG(call->step->id), TEXT_ARG(title_of(graph)),
                graph->change.length != 0 ? ", change " : "", TEXT_ARG(graph->change));
  buffer_format(words, "Message-ID: %.*s/%.*s\n", TEXT_ARG(call->run), TEXT_ARG(call->step->id));
}

static const char attached[] =
    "The certificates are in the .pem file that comes with this text, in "
    "this order. Compare the SHA-256 before you trust them.\n\n";

static void add_answer(const struct call *call, bool is_approval, struct buffer *words)
{
  const struct step *step = call->step;
  buffer_format(words,
                "%s, answer this message with the line\n\n  %s %.*s %.*s\n\n"
                "If %s, answer with the reason: the next steps wait for you.\n"
                "Whoever runs renew for this renewal types instead: renew sign %.*s %.*s\n\n",
                is_approval ? "If you approve it" : "When it is done",
                is_approval ? "approved" : "done", TEXT_ARG(call->run), TEXT_ARG(step->id),
                is_approval ? "not" : "it cannot be done", TEXT_ARG(call->run),
                TEXT_ARG(text_shell_word(call->arena, step->id)));
}

struct letter letter_make_task(const struct call *call, uint32_t role, bool is_approval)
{
  struct buffer words = {0}, pem = {0};
  const struct step *step = call->step;
  const char *hint = is_approval ? "" : letter_hint(step->effect);
  buffer_format(&words, "To the %.*s.\n\n%s \"%.*s\"%s\n\n  %.*s\n\n",
                TEXT_ARG(letter_role(call, role)),
                is_approval ? "Your approval is asked for. A step of" : "Your part of",
                TEXT_ARG(title_of(call->graph)),
                is_approval ? " is about to begin:" : " is due now:", TEXT_ARG(step->sentence));
  if (hint[0] != '\0')
    buffer_format(&words, "  %s\n\n", hint);
  letter_add_things(call, &words, &pem);
  if (pem.size_bytes != 0)
    buffer_add_zero(&words, attached);
  letter_add_time(call, &words);
  if (step->evidence.length != 0 && !is_approval)
    buffer_format(&words, "Please attach: %.*s\n\n", TEXT_ARG(step->evidence));
  add_answer(call, is_approval, &words);
  sign(call, &words);
  struct letter letter = {.subject = subject(call),
                          .words = text_copy(call->arena, buffer_text(&words)),
                          .pem = text_copy(call->arena, buffer_text(&pem))};
  buffer_free(&words);
  buffer_free(&pem);
  return letter;
}

static enum outcome add_certificates(const struct call *call, struct buffer *words,
                                     struct buffer *pem, struct answer *answer)
{
  const struct argument *thing;
  for (uint32_t i = 0; (thing = step_argument(call->graph, call->step, PART_OBJECT, i)) != NULL;
       i++) {
    struct text one_pem, lines;
    if (thing->kind != ARGUMENT_RESOURCE ||
        !letter_certificates(call, thing, &one_pem, &lines, answer))
      return OUTCOME_MISCONFIGURED;
    buffer_format(words, "%.*s\n", TEXT_ARG(lines));
    buffer_add_text(pem, one_pem);
  }
  buffer_add_zero(words, attached);
  return OUTCOME_DONE;
}

static enum outcome add_sealed(const struct call *call, struct buffer *words, struct buffer *pem,
                               struct answer *answer)
{
  struct text sealed, lines;
  enum outcome outcome = sealed_make(call, &sealed, &lines, answer);
  if (outcome != OUTCOME_DONE)
    return outcome;
  buffer_add_text(words, lines);
  buffer_add_text(pem, sealed);
  buffer_add_zero(
      words, "It is encrypted for your certificate, in the .pem file that comes with this text. "
             "Open it with the private key of that certificate:\n\n"
             "  openssl cms -decrypt -inform PEM -in FILE.pem -inkey YOUR.key -out OPENED\n\n"
             "OPENED is secret: keep it where only the program that needs it can "
             "read it. Line ends in JSON are written as \\n; in the PEM file that your "
             "program reads they have to be line breaks (jq -r does that).\n\n");
  return OUTCOME_DONE;
}

enum outcome letter_make(const struct call *call, struct letter *ret_letter, struct answer *answer)
{
  struct buffer words = {0}, pem = {0};
  enum outcome outcome = OUTCOME_DONE;
  if (call->step->effect == EFFECT_DELIVER)
    buffer_format(&words, "This is for \"%.*s\".\n\n", TEXT_ARG(title_of(call->graph)));
  buffer_format(&words, "%.*s\n\n", TEXT_ARG(heading(call)));
  if (call->step->effect == EFFECT_DELIVER)
    outcome = call->step->sealed ? add_sealed(call, &words, &pem, answer)
                                 : add_certificates(call, &words, &pem, answer);
  if (outcome == OUTCOME_DONE)
    *ret_letter = (struct letter){subject(call), text_copy(call->arena, buffer_text(&words)),
                                  text_copy(call->arena, buffer_text(&pem))};
  buffer_free(&words);
  buffer_free(&pem);
  return outcome;
}

struct letter letter_address(const struct call *call, const struct letter *letter, uint32_t role)
{
  struct buffer words = {0};
  struct letter addressed = *letter;
  buffer_add_text(&words, letter->words);
  if (call->step->effect == EFFECT_DELIVER)
    letter_add_outlook(call, role, &words);
  if (call->step->role != INDEX_NONE)
    buffer_format(&words, "%.*s\n\n", TEXT_ARG(letter_role(call, call->step->role)));
  sign(call, &words);
  addressed.words = text_copy(call->arena, buffer_text(&words));
  buffer_free(&words);
  return addressed;
}

bool letter_write(const struct call *call, const struct letter *letter, const char *folder,
                  struct text name, struct text *ret_path, struct answer *answer)
{
  struct arena *arena = call->arena;
  const char *base = text_format(arena, "%s/%.*s", folder, TEXT_ARG(name)).at;
  struct text path = text_format(arena, "%s.txt", base), error = TEXT_NONE;
  /* The attachment first: whoever sees the text can read what it speaks of. */
  bool good = file_make_folder(arena, folder, 0700, &error) &&
              (letter->pem.length == 0 || file_replace(arena, text_format(arena, "%s.pem", base).at,
                                                       letter->pem, 0644, &error) != FILE_FAILED) &&
              file_replace(arena, path.at, letter->words, 0644, &error) != FILE_FAILED;
  if (good)
    *ret_path = path;
  else
    answer_say(call, answer, "%.*s", TEXT_ARG(error));
  return good;
}

bool letter_leave(const struct call *call, const struct letter *letter, uint32_t role,
                  struct text name, struct text *ret_path, struct answer *answer)
{
  struct text of = call->graph->resources[role].name;
  struct letter headed = *letter;
  struct text base = text_format(call->arena, "%.*s.%.*s", TEXT_ARG(name), TEXT_ARG(of));
  struct text enclosed = TEXT("");
  if (letter->pem.length != 0)
    enclosed = text_format(call->arena, "Attachment: %.*s.pem\n", TEXT_ARG(base));
  headed.words =
      text_format(call->arena, "To: %.*s\nSubject: %.*s\n%.*s\n%.*s",
                  TEXT_ARG(setting_text(call, role, KEY_REACH, 1)), TEXT_ARG(letter->subject),
                  TEXT_ARG(enclosed), TEXT_ARG(letter->words));
  return letter_write(call, &headed, run_path(call, "outbox", TEXT_NONE), base, ret_path, answer);
}
