using NUnit.Framework;

namespace Hedge.Tests.Commands.Connections;

[TestFixture]
[Category("diff")]
public sealed class ConnectionOracleTests : OracleFixture
{
    [Test]
    public void Greetings_and_databases_are_those_of_redis() => Same(
        "PING", "PING x", "PING a b", "PING \"\"", "ECHO x", "ECHO", "ECHO \"\\x00\\xff\"", "SELECT 16",
        "SELECT x", "SELECT -1", "SELECT 99999999999999", "SELECT 3", "SELECT 0", "RESET", "RESET x");

    [Test]
    public void Wrong_greetings_get_the_errors_of_redis() => Same(
        "HELLO 4", "HELLO 1", "HELLO x", "HELLO 99999999999999999999", "HELLO 3 FOO", "HELLO 3 AUTH a",
        "HELLO 3 AUTH a b", "HELLO 2 SETNAME \"a b\"", "HELLO 3 SETNAME", "HELLO AUTH",
        "HELLO 2 AUTH default x FOO", "AUTH x", "AUTH a b", "AUTH default b", "AUTH a b c", "AUTH");

    [Test]
    public void Names_and_identities_are_those_of_redis() => Same(
        "CLIENT GETNAME", "CLIENT SETNAME abc", "CLIENT GETNAME", "CLIENT SETNAME \"a b\"",
        "CLIENT SETNAME \"a\\n\"", "CLIENT GETNAME", "CLIENT SETNAME \"\"", "CLIENT GETNAME",
        "CLIENT SETNAME", "CLIENT ID x", "CLIENT GETREDIR", "CLIENT FOO", "CLIENT", "CLIENT NO-EVICT x",
        "CLIENT NO-EVICT on", "CLIENT NO-EVICT off", "CLIENT REPLY FOO", "CLIENT REPLY ON", "CLIENT REPLY");

    [Test]
    public void Lists_and_kills_that_find_nobody_are_those_of_redis() => Same(
        "CLIENT LIST TYPE foo", "CLIENT LIST TYPE", "CLIENT LIST FOO", "CLIENT LIST ID x", "CLIENT LIST ID 0",
        "CLIENT LIST ID 99999 99998", "CLIENT LIST ID", "CLIENT LIST TYPE replica", "CLIENT LIST TYPE pubsub",
        "CLIENT LIST TYPE normal x", "CLIENT KILL FOO", "CLIENT KILL 1.2.3.4:5", "CLIENT KILL ID 0",
        "CLIENT KILL ID x", "CLIENT KILL ID 99999", "CLIENT KILL TYPE foo",
        "CLIENT KILL TYPE normal SKIPME maybe", "CLIENT KILL USER foo", "CLIENT KILL USER default SKIPME yes",
        "CLIENT KILL ADDR 1:2 LADDR", "CLIENT KILL FOO BAR", "CLIENT KILL TYPE pubsub",
        "CLIENT KILL TYPE MASTER", "CLIENT KILL");

    [Test]
    public void Pauses_and_unblocking_are_those_of_redis() => Same(
        "CLIENT PAUSE x", "CLIENT PAUSE -1", "CLIENT PAUSE 1 FOO", "CLIENT PAUSE x FOO",
        "CLIENT PAUSE 0 WRITE", "CLIENT PAUSE 1 WRITE x", "CLIENT UNPAUSE", "CLIENT UNPAUSE x",
        "CLIENT UNBLOCK x", "CLIENT UNBLOCK 99999", "CLIENT UNBLOCK 99999 FOO", "CLIENT UNBLOCK x FOO",
        "CLIENT UNBLOCK 99999 ERROR x", "CLIENT UNBLOCK 99999 timeout", "CLIENT UNBLOCK");
}
