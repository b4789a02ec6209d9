/* SPDX-License-Identifier: Apache-2.0 */
/*
 * naive_curl: the probe that docs and habit suggest, to show that it is fooled: one libcurl handle,
 * one file name, two calls; between them the file is replaced.
 *   naive_curl URL PAIR.pem ROOTS.pem NEXT-PAIR.pem
 * prints the two bodies, one a line.
 */
#include <curl/curl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  if (argc < 5)
    return 2;
  CURL *curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
  curl_easy_setopt(curl, CURLOPT_SSLCERT, argv[2]);
  curl_easy_setopt(curl, CURLOPT_SSLKEY, argv[2]);
  curl_easy_setopt(curl, CURLOPT_CAINFO, argv[3]);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  int failed = curl_easy_perform(curl) != CURLE_OK;
  failed += rename(argv[4], argv[2]) != 0;
  failed += curl_easy_perform(curl) != CURLE_OK;
  curl_easy_cleanup(curl);
  return failed;
}
