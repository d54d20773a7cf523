using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Users over a server's lives, and what becomes of their connections.</summary>
[TestFixture("1")]
[TestFixture("2")]
[Category("process")]
internal sealed class UserConnectionTests(string cores)
{
    private const int KeysTried = 64;

    private string _directory = "";

    private string File => Path.Combine(_directory, "users.acl");

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-users-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, true);

    [Test]
    public async Task A_script_has_the_rights_of_its_caller_whatever_keys_it_makes()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection admin = await server.ConnectAsync(), user = await server.ConnectAsync();
        await admin.CallAsync("FUNCTION", "LOAD",
            "#!lua name=lib\nredis.register_function('put', function(k, a) "
            + "return redis.call('set', a[1] .. a[2], 'x') end)");
        await SetAsync(admin, "eva", "on", ">pw", "+@all", "~mine:*", "~{mine}*");
        await LogInAsync(user, "eva");
        string put = "return redis.call('set', ARGV[1] .. ARGV[2], 'x')";
        for (int i = 0; i < KeysTried; i++)
        {
            foreach (string[] call in (string[][])[["EVAL", put, "0"], ["FCALL", "put", "0"],
                ["EVAL", "return redis.call('set', KEYS[1], 'x')", "1"]])
            {
                bool declares = call[2] == "1";
                RespValue mine = declares ? await user.CallAsync([.. call, $"mine:{i}"])
                    : await user.CallAsync([.. call, "mine:", $"{i}"]);
                RespValue other = declares ? await user.CallAsync([.. call, $"other:{i}"])
                    : await user.CallAsync([.. call, "other:", $"{i}"]);
                Assert.That(mine.Text, Is.EqualTo("OK"));
                Assert.That(other.Text, Does.Contain("access"), string.Join(' ', call));
            }
        }

        Assert.That((await admin.CallAsync("DBSIZE")).Integer, Is.EqualTo(KeysTried));
        Assert.That((await admin.CallAsync("ACL", "LOG")).Children, Has.Count.EqualTo(10));
    }

    [Test]
    public async Task What_is_queued_is_looked_at_again()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection admin = await server.ConnectAsync(), user = await server.ConnectAsync();
        await SetAsync(admin, "eva", "on", ">pw", "+@all", "~*", "&*");
        await LogInAsync(user, "eva");
        await user.CallAsync("MULTI");
        await user.CallAsync("SET", "a", "1");
        await user.CallAsync("INCR", "b");
        await SetAsync(admin, "eva", "-set");
        RespValue[] replies = [.. (await user.CallAsync("EXEC")).Children];
        Assert.That(replies[0].Text, Is.EqualTo("NOPERM ACLs rules changed between the moment the "
            + "transaction was accumulated and the EXEC call. This command is no longer allowed for the "
            + "following reason: no permission to execute the command or subcommand"));
        Assert.That(replies[1].Integer, Is.EqualTo(1));
        Assert.That((await admin.CallAsync("KEYS", "*")).Children, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_command_that_has_waited_for_keys_is_looked_at_again()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection admin = await server.ConnectAsync(), user = await server.ConnectAsync(),
            other = await server.ConnectAsync();
        await SetAsync(admin, "eva", "on", ">pw", "+@all", "~*", "&*");
        await LogInAsync(user, "eva");
        foreach (string rule in (string[])["-blmove", "resetkeys"])
        {
            await SetAsync(admin, "eva", "+blmove", "~*");
            user.Send("BLMOVE", "from", "to", "LEFT", "RIGHT", "0");
            string list = "";
            while (!list.Contains("flags=b", StringComparison.Ordinal))
                list = (await admin.CallAsync("CLIENT", "LIST")).Text;
            other.Send("BLPOP", "from", "0");
            while (list.Split("flags=b").Length < 3)
                list = (await admin.CallAsync("CLIENT", "LIST")).Text;
            await SetAsync(admin, "eva", rule);
            Assert.That((await admin.CallAsync("RPUSH", "from", "x")).Integer, Is.EqualTo(1));
            Assert.That((await user.ReadAsync()).Text, Does.StartWith("NOPERM"), rule);
            Assert.That((await other.ReadAsync()).Children[1].Text, Is.EqualTo("x"), "the next in line");
            Assert.That((await admin.CallAsync("EXISTS", "from", "to")).Integer, Is.Zero);
            Assert.That((await user.CallAsync("PING")).Text, Is.EqualTo("PONG"));
        }
    }

    [Test]
    public async Task Connections_of_a_deleted_user_end_and_others_stay()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection admin = await server.ConnectAsync(), idle = await server.ConnectAsync(),
            blocked = await server.ConnectAsync(), listening = await server.ConnectAsync(),
            other = await server.ConnectAsync();
        await SetAsync(admin, "eva", "on", ">pw", "+@all", "~*", "&*");
        await SetAsync(admin, "max", "on", ">pw", "+@all", "~*", "&*");
        TestConnection[] hers = [idle, blocked, listening];
        foreach (TestConnection one in hers) await LogInAsync(one, "eva");
        await LogInAsync(other, "max");
        blocked.Send("BLPOP", "list", "0");
        await listening.CallAsync("SUBSCRIBE", "news");
        string[] clients = (await admin.CallAsync("CLIENT", "LIST")).Text!.Split('\n');
        Assert.That(clients.Count(line => line.Contains(" user=eva ")), Is.EqualTo(hers.Length));
        Assert.That((await admin.CallAsync("ACL", "DELUSER", "eva", "nobody")).Integer, Is.EqualTo(1));
        foreach (TestConnection one in hers)
            Assert.That((await one.ReadToEndAsync()).Length, Is.Zero);
        Assert.That((await other.CallAsync("ACL", "WHOAMI")).Text, Is.EqualTo("max"));
        Assert.That((await other.CallAsync("AUTH", "eva", "pw")).Text, Does.StartWith("WRONGPASS"));
        // One that deletes itself gets its reply.
        Assert.That((await other.CallAsync("ACL", "DELUSER", "max")).Integer, Is.EqualTo(1));
        Assert.That((await other.ReadToEndAsync()).Length, Is.Zero);
    }

    [Test]
    public async Task Who_may_not_listen_any_more_is_disconnected()
    {
        using ServerProcess server = await StartAsync();
        await using TestConnection admin = await server.ConnectAsync(), channel = await server.ConnectAsync(),
            pattern = await server.ConnectAsync(), still = await server.ConnectAsync();
        await SetAsync(admin, "eva", "on", ">pw", "+@all", "&news:*", "&n*");
        foreach (TestConnection one in (TestConnection[])[channel, pattern, still])
            await LogInAsync(one, "eva");
        await channel.CallAsync("SUBSCRIBE", "new");
        await pattern.CallAsync("PSUBSCRIBE", "n*");
        await still.CallAsync("SUBSCRIBE", "news:1");
        await SetAsync(admin, "eva", "resetchannels", "&news:*");
        Assert.That((await channel.ReadToEndAsync()).Length, Is.Zero);
        Assert.That((await pattern.ReadToEndAsync()).Length, Is.Zero);
        await admin.CallAsync("PUBLISH", "news:1", "hello");
        Assert.That((await still.ReadAsync())[2].Text, Is.EqualTo("hello"));
    }

    [Test]
    public async Task The_file_is_read_at_start_and_again_and_written()
    {
        await System.IO.File.WriteAllTextAsync(File,
            "# people\nuser eva on >pw ~* +@all\nuser max on >pw +ping\n");
        using (ServerProcess server = await StartAsync(("aclfile", File)))
        {
            await using TestConnection admin = await server.ConnectAsync(), eva = await server.ConnectAsync(),
                max = await server.ConnectAsync();
            await LogInAsync(eva, "eva");
            await LogInAsync(max, "max");
            Assert.That((await max.CallAsync("GET", "a")).Text, Does.StartWith("NOPERM"));
            await SetAsync(admin, "ida", "on", ">pw", "~i*", "(+get ~x)");
            Assert.That((await admin.CallAsync("ACL", "SAVE")).Text, Is.EqualTo("OK"));
            string saved = await System.IO.File.ReadAllTextAsync(File);
            Assert.That(saved, Does.Contain("user ida on #").And.Contain("(~x resetchannels -@all +get)"));
            Assert.That(saved, Does.Not.Contain(">pw"));

            await System.IO.File.WriteAllTextAsync(File, saved + "user bad +nosuch\n");
            string error = (await admin.CallAsync("ACL", "LOAD")).Text!;
            Assert.That(error, Does.StartWith("ERR ").And.Contain(":5: ").And.Contain("+nosuch")
                .And.EndWith("WARNING: ACL errors detected, no change to the previously active ACL rules was "
                    + "performed"));
            await System.IO.File.WriteAllTextAsync(File,
                saved.Replace("+ping", "+ping +get", StringComparison.Ordinal));
            Assert.That((await admin.CallAsync("ACL", "LOAD")).Text, Is.EqualTo("OK"));
            Assert.That((await max.ReadToEndAsync()).Length, Is.Zero, "his rights have changed");
            Assert.That((await eva.CallAsync("ACL", "WHOAMI")).Text, Is.EqualTo("eva"));
        }

        using (ServerProcess server = await StartAsync(("aclfile", File)))
        {
            await using TestConnection ida = await server.ConnectAsync();
            await LogInAsync(ida, "ida");
            Assert.That((await ida.CallAsync("GET", "y")).Text, Does.StartWith("NOPERM"));
        }

        await System.IO.File.AppendAllTextAsync(File, "user bad ~* ~x\n");
        (int code, string output) = await ServerProcess.RunToEndAsync(Launch(("aclfile", File)));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain($"{File}:5: ").And.Contain("'~x'"));
    }

    [Test]
    public async Task The_configuration_keeps_users()
    {
        string path = Path.Combine(_directory, "hedge.json");
        await System.IO.File.WriteAllTextAsync(path, """{ "user": ["eva on >pw ~* +@all", "max off"] }""");
        using (ServerProcess server = await StartAsync(("config", path)))
        {
            await using TestConnection admin = await server.ConnectAsync(), eva = await server.ConnectAsync();
            await LogInAsync(eva, "eva");
            await SetAsync(admin, "max", "on", ">pw", "+acl|whoami");
            await admin.CallAsync("ACL", "DELUSER", "eva");
            await admin.CallAsync("CONFIG", "SET", "requirepass", "secret");
            Assert.That((await admin.CallAsync("CONFIG", "REWRITE")).Text, Is.EqualTo("OK"));
        }

        using (ServerProcess server = await ServerProcess.StartAsync(Launch(("config", path)), "secret"))
        {
            await using TestConnection max = await server.ConnectAsync(), none = await server.ConnectAsync();
            await LogInAsync(max, "max");
            Assert.That((await max.CallAsync("ACL", "WHOAMI")).Text, Is.EqualTo("max"));
            Assert.That((await max.CallAsync("GET", "a")).Text, Does.StartWith("NOPERM"));
            Assert.That((await none.CallAsync("GET", "a")).Text, Does.StartWith("NOAUTH"));
            Assert.That((await none.CallAsync("AUTH", "eva", "pw")).Text, Does.StartWith("WRONGPASS"));
        }

        (int code, string output) =
            await ServerProcess.RunToEndAsync(Launch(("config", path), ("aclfile", File)));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("not allowed together"));
    }

    private static async Task SetAsync(TestConnection admin, string name, params string[] rules) =>
        Assert.That((await admin.CallAsync(["ACL", "SETUSER", name, .. rules])).Text, Is.EqualTo("OK"));

    private static async Task LogInAsync(TestConnection connection, string name) =>
        Assert.That((await connection.CallAsync("AUTH", name, "pw")).Text, Is.EqualTo("OK"));

    private Task<ServerProcess> StartAsync(params (string, string)[] settings) =>
        ServerProcess.StartAsync(Launch(settings));

    private ServerLaunch Launch(params (string, string)[] settings) => new()
    {
        Kind = ServerKind.Hedge,
        Directory = Path.Combine(_directory, "data"),
        Settings = [("cores", cores), .. settings],
    };
}
