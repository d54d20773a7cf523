using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Tests.Commands;
using NUnit.Framework;

namespace Hedge.Tests.Compatibility;

/// <summary>rename-command: what clients, users and scripts find under which name, beside
/// redis-server.</summary>
[TestFixture]
[Category("diff")]
public sealed class RenamedCommandTests
{
    private static readonly string[] Options =
        ["--rename-command", "get", "getx", "--rename-command", "CONFIG", "", "--rename-command", "keys",
            "\"\"", "--rename-command", "set", "get",
            "--rename-command", "object", "obj"];

    [Test]
    public void Renamed_commands_are_found_where_redis_finds_them()
    {
        if (!Oracle.Available) Assert.Ignore("redis-server is not installed: nothing to compare with");
        using Oracle redis = Oracle.Start(Options);
        using var hedge = new CommandHarness(server: ServerWith(Options));
        string[] lines =
        [
            "get a 1", "getx a", "GETX a", "GetX", "set a 1", "config get x", "keys *", "KEYS",
            "command info getx", "command info get", "command info set", "command docs getx",
            "command docs set", "command docs config", "command info config", "command info config|get",
            "command getkeys getx a", "command getkeys set a b", "command getkeys keys a",
            "acl setuser u1 on nopass ~* +get", "acl setuser u2 +getx", "acl setuser u3 +config|get",
            "obj", "obj foo x", "obj help", "obj encoding", "object encoding a",
            "acl setuser u4 +keys", "acl list", "acl dryrun u1 getx a", "acl dryrun u1 get a b",
            "acl dryrun u1 set a b", "acl dryrun u1 nosuch a", "acl deluser u1 u3 u4",
        ];
        foreach (string line in lines)
            Assert.That(hedge.Run(line), Is.EqualTo(redis.Run(line)), line);
    }

    [Test]
    public void Counts_and_lists_leave_out_what_cannot_be_called()
    {
        CommandTable all = AllCommands.Table();
        using var hedge = new CommandHarness(server: ServerWith(Options));
        Assert.That(hedge.Run("COMMAND COUNT"), Is.EqualTo($":{all.Commands.Count - 2}\r\n"));
        string list = hedge.Run("COMMAND LIST");
        Assert.That(list, Does.Contain("\r\nget\r\n").And.Contain("\r\nset\r\n"));
        Assert.That(list, Does.Not.Contain("\r\nkeys\r\n").And.Not.Contain("\r\nconfig"));
        Assert.That(list, Does.Not.Contain("getx"));
    }

    [TestCase("nosuch", "x", "No such command in rename-command: nosuch")]
    [TestCase("get", "SET", "Target command name already exists: SET")]
    public void A_wrong_renaming_is_named(string old, string fresh, string problem) =>
        Assert.That(AllCommands.Table().Rename([(old, fresh)]), Is.EqualTo(problem));

    [Test]
    public void A_file_renames_by_an_object_or_an_array_and_the_command_line_adds_to_it()
    {
        string path = Path.GetTempFileName();
        try
        {
            foreach (string json in (string[])
                ["""{ "get": "g", "set": "" }""", """["get g", "set \"\""]"""])
            {
                File.WriteAllText(path, $$"""{ "rename-command": {{json}} }""");
                SettingsReading reading = SettingSources.Read(
                    [path, "--rename-command", "del", "d"], new Dictionary<string, string>(), "/");
                Assert.That(reading.Problems, Is.Empty);
                Assert.That(reading.Settings!.Renames, Is.EqualTo((CommandRename[])
                    [new("get", "g"), new("set", ""), new("del", "d")]));
                var store = new SettingStore(reading.Settings, path);
                string before = File.ReadAllText(path);
                Assert.That(store.Rewrite(""), Is.Null);
                Assert.That(File.ReadAllText(path), Is.EqualTo(before), "a rewritten file keeps them");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Server ServerWith(string[] options)
    {
        SettingsReading reading = SettingSources.Read(options, new Dictionary<string, string>(), "/");
        Assert.That(reading.Problems, Is.Empty);
        CommandTable table = AllCommands.Table();
        Assert.That(table.Rename(reading.Settings!.Renames.Select(r => (r.Command, r.Name))), Is.Null);
        return new Server(table, new SettingStore(reading.Settings, null));
    }
}
