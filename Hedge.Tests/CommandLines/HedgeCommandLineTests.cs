using Hedge.Host.CommandLines;
using Hedge.Host.Settings;
using NUnit.Framework;

namespace Hedge.Tests.CommandLines;

/// <summary>The command line of "hedge", without starting a server.</summary>
[TestFixture]
[Category("fast")]
public sealed class HedgeCommandLineTests
{
    [TestCase("--help")]
    [TestCase("-h")]
    [TestCase("help")]
    [TestCase("conf/hedge.json --port 7000 --help")]
    public async Task Help_names_the_subcommands_and_every_setting(string line)
    {
        (int code, string output, string errors) = await Run(line.Split(' '));
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(errors, Is.Empty);
            Assert.That(output, Does.Contain("  bench ").And.Contain("  help "));
            foreach (Setting setting in SettingDeclarations.All.Where(s => !s.IsConstant))
                Assert.That(output, Does.Contain($"  --{setting.Name} <{setting.Kind}>"));
        });
    }

    [TestCase("--version")]
    [TestCase("--port 7000 --version")]
    public async Task The_version_is_one_line(string line)
    {
        (int code, string output, string errors) = await Run(line.Split(' '));
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(errors, Is.Empty);
            Assert.That(output, Does.Match(@"\Ahedge \d+\.\d+\.\d+\S*\r?\n\z"));
        });
    }

    [Test]
    public async Task All_spellings_of_a_subcommands_help_show_the_same()
    {
        (int code, string expected, _) = await Run("help", "bench");
        Assert.That(code, Is.Zero);
        Assert.That(expected, Does.Contain("ycsb-d").And.Contain("--value-size <value>"));
        foreach (string[] words in (string[][])[["bench", "--help"], ["bench", "-h"], ["bench"],
            ["bench", "help"], ["bench", "read", "--n", "3", "--help"]])
        {
            Assert.That(await Run(words), Is.EqualTo((0, expected, "")), string.Join(' ', words));
        }
    }

    [TestCase("benhc", "\"benhc\" is no command of hedge; did you mean \"bench\"?")]
    [TestCase("hlep", "\"hlep\" is no command of hedge; did you mean \"help\"?")]
    [TestCase("no-such-command --port 7000", "\"no-such-command\" is no command of hedge (commands: ")]
    public async Task A_mistyped_subcommand_is_named(string line, string expected)
    {
        (int code, string output, string errors) = await Run(line.Split(' '));
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.StartWith(expected));
            Assert.That(errors, Does.Contain("there is no such file"));
        });
    }

    [Test]
    public async Task Help_for_a_mistyped_subcommand_names_it_too()
    {
        (int code, _, string errors) = await Run("help", "bnch");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.StartWith("\"bnch\" is no command of hedge; did you mean \"bench\"?"));
    }

    [TestCase("./nothing", "config: there is no file")]
    [TestCase("nothing.json", "config: there is no file")]
    [TestCase("conf/nothing", "config: there is no file")]
    [TestCase("--config nothing", "config: there is no file")]
    [TestCase("--port", "--port: needs a value (command line)")]
    [TestCase("--nothing 3", "nothing: no such setting (command line)")]
    [TestCase("--port x", "port: \"x\" is not allowed (command line)")]
    public async Task Words_for_the_server_have_the_servers_errors(string line, string expected)
    {
        (int code, string output, string errors) = await Run(line.Split(' '));
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.StartWith(expected));
        });
    }

    [Test]
    public async Task The_benchmark_names_all_mistakes_with_what_is_allowed()
    {
        (int code, string output, string errors) =
            await Run("bench", "read", "--n=x", "--odd", "1", "--drain=yes");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.Contain("--n: \"x\" is not allowed; allowed: 1…4000000000"));
            Assert.That(errors, Does.Contain("--odd: there is no such option"));
            Assert.That(errors, Does.Contain("yes").And.Contain("--dir is needed"));
        });
    }

    [TestCase("be", "bench")]
    [TestCase("--maxmemory-p", "--maxmemory-policy")]
    [TestCase("bench ycsb-", "ycsb-d")]
    [TestCase("bench read --value-s", "--value-size")]
    [TestCase("help ", "bench")]
    public async Task Words_are_completed(string line, string expected)
    {
        (int code, string output, _) = await Run($"[suggest:{line.Length}]", line);
        Assert.That(code, Is.Zero);
        Assert.That(output.Split('\n', StringSplitOptions.TrimEntries), Does.Contain(expected));
    }

    private static async Task<(int Code, string Output, string Errors)> Run(params string[] words)
    {
        var output = new StringWriter();
        var errors = new StringWriter();
        int code = await HedgeCommandLine.RunAsync(words, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
