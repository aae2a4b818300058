#pragma once

// The few declarations of PostgreSQL's client library that the guide's example uses, so that it
// compiles where the library is not installed. The real header wins where it is on the path.

struct PGconn;
struct PGresult;

extern "C" {
int PQsocket(const PGconn* connection);
void PQclear(PGresult* result);
int PQconsumeInput(PGconn* connection);
int PQisBusy(PGconn* connection);
int PQsendQuery(PGconn* connection, const char* query);
PGresult* PQgetResult(PGconn* connection);
}
