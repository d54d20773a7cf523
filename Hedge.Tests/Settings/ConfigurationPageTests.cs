using System.Text;
using Hedge.Host.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Settings;

/// <summary>docs/configuration.md is made from the declarations. To renew it after a change:
/// HEDGE_TESTS_WRITE_DOCS=1 dotnet test --filter ConfigurationPageTests.</summary>
[TestFixture]
[Category("fast")]
public sealed class ConfigurationPageTests
{
    [Test]
    public void The_page_says_what_the_declarations_say()
    {
        string path = Path.Combine(Repository.Root, "docs", "configuration.md");
        string page = Page();
        bool writes = Environment.GetEnvironmentVariable("HEDGE_TESTS_WRITE_DOCS") == "1";
        if (writes) File.WriteAllText(path, page);
        Assert.That(File.ReadAllText(path), Is.EqualTo(page));
    }

    private static string Page()
    {
        var page = new StringBuilder("""
            # Configuration

            Settings come from four sources, later ones winning:

            1. the defaults below;
            2. a JSON file: `conf/hedge.json` in the working directory, or the one named by `--config FILE`,
               by a first argument that is no option, or by the environment variable `HEDGE_CONFIG`;
            3. environment variables: `HEDGE_` and the name in upper case with `_` for `-`, as in
               `HEDGE_MAXMEMORY=800mb`;
            4. the command line: `--port 7000 --appendfsync always`, or `--port=7000`.

            The file is one object: `{ "port": 7000, "maxmemory": "800mb", "bind": ["127.0.0.1", "-::1"] }`;
            comments are allowed. If anything is wrong or unknown the server lists all problems and does not
            start. Variables that Kubernetes makes for a service called `hedge` (`HEDGE_SERVICE_…`,
            `HEDGE_PORT_…`, `HEDGE_PORT=tcp://…`) are passed over.

            `CONFIG SET` changes settings marked *at run time*, several at once or none; `CONFIG REWRITE`
            writes them to the file in use. Memory is a number of bytes or has a unit: `k`, `m`, `g` are
            powers of 1000, `kb`, `mb`, `gb` of 1024. A rewritten file keeps its comments, its order and the
            notation of every value that has not changed.

            `rename-command` stands in the file as an object, `{ "rename-command": { "FLUSHALL": "",
            "CONFIG": "cfg-7f3a" } }`, or on the command line as often as there are names: `--rename-command
            FLUSHALL "" --rename-command CONFIG cfg-7f3a`. An empty name takes the command away, for clients,
            transactions and scripts. Rules of users go by the old names, as in Redis.


            """);
        Table(page, "Settings", SettingDeclarations.All.Where(s => !s.IsConstant));
        page.Append("""

            ## Constants

            Clients and tools read these, and configuration files name them. They have one value here; setting
            them to that value is accepted, any other refused, with the reason. What they are in Redis is in
            [compatibility](compatibility.md).

            | Name | Value | Why |
            |---|---|---|

            """);
        foreach (Setting setting in SettingDeclarations.All.Where(s => s.IsConstant))
            page.Append($"| `{setting.Name}` | {Code(setting.DefaultText)} | {setting.Summary} |\n");

        return page.ToString();
    }

    private static void Table(StringBuilder page, string title, IEnumerable<Setting> settings)
    {
        page.Append($"## {title}\n\n| Name | What it does | Default | Allowed | Changes |\n");
        page.Append("|---|---|---|---|---|\n");
        foreach (Setting setting in settings)
        {
            string change = setting.Change switch
            {
                SettingChange.AtRunTime => "at run time",
                SettingChange.AtStart => "at start",
                _ => "before the data directory is made",
            };
            string name = setting.Alias == null ? $"`{setting.Name}`"
                : $"`{setting.Name}`, `{setting.Alias}`";
            string initial = setting == SettingDeclarations.Cores ? "CPUs − 1" : Code(setting.DefaultText);
            page.Append($"| {name} | {setting.Summary} | {initial} ");
            page.Append($"| {setting.Allowed} | {change} |\n");
        }
    }

    private static string Code(string value) => value.Length == 0 ? "empty" : $"`{value}`";
}
