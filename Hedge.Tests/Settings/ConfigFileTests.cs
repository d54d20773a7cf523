using System.Collections;
using Hedge.Host.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Settings;

/// <summary>What CONFIG REWRITE leaves of a file, and what it changes.</summary>
[TestFixture]
[Category("fast")]
public sealed class ConfigFileTests
{
    private string _path = "";

    [SetUp]
    public void MakePath() => _path = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_path);

    [TestCase("""
        // Ours.
        {
            // Where it listens.
            "port": 7003,   // not the usual one
            "MaxMemory": "800mb", /* much */
            "bind": [ "127.0.0.1",
                      "-::1" ],
            "latency-tracking": false,
            "timeout": 0
            // The end.
        }

        """)]
    [TestCase("""{"timeout":0,"hz":10}""")]
    [TestCase("{}")]
    [TestCase("\uFEFF{ \"hz\": 10, }")]
    public void A_file_that_says_what_is_so_stays_as_it_is(string text)
    {
        Assert.That(Rewritten(text), Is.EqualTo(text));
    }

    [TestCase("""{ "timeout": 1, "hz": 20 }""", """{ "timeout": 7, "hz": 20 }""")]
    [TestCase("""{ "timeout": "1" /* s */, "hz": 20 }""", """{ "timeout": 7 /* s */, "hz": 20 }""")]
    [TestCase("{\n  \"hz\": 20 // fast\n}\n", "{\n  \"hz\": 20, // fast\n  \"timeout\": 7\n}\n")]
    [TestCase("{\n\t\"hz\": 20, // fast\n}", "{\n\t\"hz\": 20, // fast\n\t\"timeout\": 7\n}")]
    [TestCase("{\n\t\"hz\": 20 /*,*/ // a, b\n}", "{\n\t\"hz\": 20, /*,*/ // a, b\n\t\"timeout\": 7\n}")]
    [TestCase("{}", "{\n  \"timeout\": 7\n}")]
    [TestCase("{ // nothing\n}", "{ // nothing\n  \"timeout\": 7\n}")]
    [TestCase("""{"hz":20}""", "{\"hz\":20,\n  \"timeout\": 7\n}")]
    [TestCase("// {\n{ \"hz\": 20, \"TIMEOUT\": [ \"1\" ] }", "// {\n{ \"hz\": 20, \"TIMEOUT\": 7 }")]
    public void Only_what_has_changed_is_written_in_its_place(string text, string expected)
    {
        Assert.That(Rewritten(text, ("timeout", "7")), Is.EqualTo(expected));
    }

    [Test]
    public void An_older_name_in_the_file_keeps_its_place()
    {
        Assert.That(Rewritten("""{ "lua-time-limit": 5000 }""", ("busy-reply-threshold", "9")),
            Is.EqualTo("""{ "lua-time-limit": 9 }"""));
    }

    [Test]
    public void Texts_are_quoted_and_read_back()
    {
        string text = Rewritten("{}", ("requirepass", "a \"b\" \\ ü \t"));
        Assert.That(text, Does.Contain("ü"));
        Assert.That(Read().Settings!.RequirePass, Is.EqualTo("a \"b\" \\ ü \t"));
    }

    [Test]
    public void Files_of_any_shape_keep_their_comments_and_what_has_not_changed()
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int i = 0; i < 2000; i++)
        {
            (string name, string[] values)[] chosen = [.. Pool.OrderBy(_ => random.Next())
                .Take(random.Next(Pool.Length + 1))];
            var comments = new List<string>();
            string text = Space(random, comments) + "{" + Space(random, comments);
            var kept = new List<string>();
            for (int k = 0; k < chosen.Length; k++)
            {
                string value = chosen[k].values[random.Next(chosen[k].values.Length)];
                bool isLast = k == chosen.Length - 1;
                text += $"\"{chosen[k].name}\" :{Space(random, comments)}{value}"
                    + Space(random, comments) + (isLast && random.Next(2) == 0 ? "" : ",")
                    + Space(random, comments);
                if (chosen[k].name != "timeout" && chosen[k].name != "hz") kept.Add(value);
            }

            text += "}" + Space(random, comments);
            bool changes = random.Next(4) != 0;
            (string, string)[] changed = changes ? [("timeout", "99"), ("hz", "33")] : [];
            string written = Rewritten(text, changed);
            Assert.That(changes || written == text, $"{text}\n{written}");
            int at = 0;
            foreach (string comment in comments)
            {
                at = written.IndexOf(comment, at, StringComparison.Ordinal);
                Assert.That(at, Is.Not.Negative, $"{comment} of\n{text}\nis not in its place in\n{written}");
            }

            foreach (string value in kept)
                Assert.That(written, Does.Contain(value), $"{text}\n{written}");
        }
    }

    private static readonly (string Name, string[] Values)[] Pool =
    [
        ("timeout", ["0", "5", "\"6\"", "[7]"]), ("hz", ["10", "\"20\""]),
        ("MaxMemory", ["\"100mb\"", "104857600"]), ("latency-tracking", ["true", "false", "\"no\""]),
        ("bind", ["[ \"127.0.0.1\" /* , */, \"*\" ]", "\"::1 -*\""]),
        ("requirepass", ["\"a // b\"", "\"\\\"}, /*\""]), ("save", ["\"\""]),
        ("rename-command", ["{ \"get\": \"x\", \"set\": \"\" }", "[\"get x\"]"]),
        ("slave-priority", ["100"]), ("notify-keyspace-events", ["\"KEA\"", "\"AKE\""]),
    ];

    private static string Space(Random random, List<string> comments)
    {
        string space = "";
        while (random.Next(3) == 0)
        {
            string mark = $"c{comments.Count}: \", }} {{";
            string text = random.Next(5) switch
            {
                0 => " ",
                1 => "\n  ",
                2 => "\r\n\t",
                3 => $"// {mark}\n",
                _ => $"/* {mark} */",
            };
            if (text.Contains(mark, StringComparison.Ordinal)) comments.Add(mark);
            space += text;
        }

        return space;
    }

    private string Rewritten(string text, params (string Name, string Text)[] changes)
    {
        File.WriteAllText(_path, text);
        SettingsReading reading = Read();
        Assert.That(reading.Problems, Is.Empty, text);
        var store = new SettingStore(reading.Settings!, _path);
        if (changes.Length > 0) Assert.That(store.TryChange(changes), Is.Null);
        Assert.That(store.Rewrite(""), Is.Null);
        string written = File.ReadAllText(_path);
        SettingsReading again = Read();
        foreach (Setting setting in SettingDeclarations.All)
            Assert.That(again.Settings!.Text(setting), Is.EqualTo(store.Current.Text(setting)), setting.Name);
        // Reading drops the mark that some editors put first.
        return text.StartsWith('\uFEFF') ? '\uFEFF' + written : written;
    }

    private SettingsReading Read() => SettingSources.Read([_path], new Hashtable(), "/");
}
