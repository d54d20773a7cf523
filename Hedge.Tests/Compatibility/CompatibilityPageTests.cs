using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using Hedge.Tests.Commands;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Compatibility;

/// <summary>docs/compatibility.md is made from the declarations and from the lists beside this file. To renew
/// it after a change: HEDGE_TESTS_WRITE_DOCS=1 dotnet test --filter CompatibilityPageTests.</summary>
[TestFixture]
[Category("fast")]
public sealed class CompatibilityPageTests
{
    private static readonly CommandTable Table = AllCommands.Table();

    [Test]
    public void The_page_says_what_the_declarations_and_the_lists_say()
    {
        string path = Path.Combine(Repository.Root, "docs", "compatibility.md");
        string page = Page();
        bool writes = Environment.GetEnvironmentVariable("HEDGE_TESTS_WRITE_DOCS") == "1";
        if (writes) File.WriteAllText(path, page);
        Assert.That(File.ReadAllText(path), Is.EqualTo(page));
    }

    [Test]
    public void What_is_absent_has_a_reason_and_every_reason_is_about_something_absent()
    {
        Assert.Multiple(() =>
        {
            foreach (RedisItem command in RedisInventory.Commands.Where(c => Find(c.Name) == null))
                Assert.That(RedisInventory.WhyAbsent("command", command.Name), Is.Not.Null, command.Name);
            foreach (RedisItem item in RedisInventory.Settings)
            {
                if (SettingDeclarations.Find(item.Name) == null)
                    Assert.That(RedisInventory.WhyAbsent("setting", item.Name), Is.Not.Null, item.Name);
            }

            foreach (string name in (string[])[.. SettingNotes.Answers.Keys, .. SettingNotes.Meanings.Keys])
                Assert.That(RedisInventory.Settings.Select(item => item.Name), Does.Contain(name));

            foreach ((string kind, string name, _) in RedisInventory.Absent)
            {
                RedisItem[] meant = [.. (kind == "command" ? RedisInventory.Commands
                    : RedisInventory.Settings).Where(item => RedisInventory.Covers(name, item.Name))];
                Assert.That(meant, Is.Not.Empty, $"no {kind} {name} in Redis");
                Assert.That(meant.Where(m => kind == "command" ? Find(m.Name) != null
                    : SettingDeclarations.Find(m.Name) != null), Is.Empty, $"{kind} {name} is there");
            }
        });
    }

    private static Command? Find(string name) => Table.FindDeclared(Encoding.ASCII.GetBytes(name));

    private static string Page()
    {
        var page = new StringBuilder("""
            # Compatibility

            Every command and setting of Redis 7.2, and what becomes of it here. *Yes* means: as in Redis,
            down to the bytes of replies and errors. Commands and settings that are not in Redis 7.2 are in
            [commands](commands.md) and [configuration](configuration.md). This page is made from the
            declarations of the code and from the lists in `Hedge.Tests/Compatibility`.

            ## Commands


            """);
        // A container alone does nothing.
        RedisItem[] commands = [.. RedisInventory.Commands.Where(c => !IsContainer(c.Name))];
        page.Append($"{commands.Count(c => Find(c.Name) != null)} of {commands.Length} are there.\n\n");
        page.Append("| Command | There | How it differs, or why it is absent |\n|---|---|---|\n");
        foreach (RedisItem command in commands)
        {
            bool isThere = Find(command.Name) != null;
            string note = isThere ? CommandsPageTests.Notes.GetValueOrDefault(command.Name, "")
                : RedisInventory.WhyAbsent("command", command.Name) ?? "";
            page.Append($"| `{command.Name.Replace('|', ' ')}` | {(isThere ? "yes" : "no")} | {note} |\n");
        }

        page.Append("""

            ## Settings

            A *constant* has one value here. Setting it to that value is accepted, any other refused, with
            the reason.

            | Setting | There | What differs, or the reason |
            |---|---|---|

            """);
        foreach (RedisItem item in RedisInventory.Settings) page.Append(Row(item));
        page.Append("""

            Beside them there is `rename-command`. `include`, `loadmodule` and `user` lines have their places
            in the JSON file or are not there: `user` is an array of lines, the other two are absent.

            """);
        return page.ToString();
    }

    private static bool IsContainer(string name) => RedisInventory.Commands.Any(
        c => c.Name.StartsWith(name + '|', StringComparison.Ordinal));

    private static string Row(RedisItem item)
    {
        if (SettingDeclarations.Find(item.Name) is not { } setting)
            return $"| `{item.Name}` | no | {RedisInventory.WhyAbsent("setting", item.Name)} |\n";
        string there = setting.IsConstant ? "constant" : "yes";
        string about = setting.Name == item.Name ? "" : $"older name of `{setting.Name}`";
        if (about.Length > 0) return $"| `{item.Name}` | {there} | {about} |\n";
        bool isSame = setting.DefaultText == item.Default;
        string value = isSame ? Code(setting.DefaultText)
            : $"{Code(setting.DefaultText)} (Redis: {Code(item.Default)})";
        if (setting.IsConstant) about = $"{value}: {setting.Summary}";
        else if (!isSame) about = $"default {value}";
        if (SettingNotes.Of(setting.Name) is { Length: > 0 } note)
            about += about.Length == 0 ? note : $"; {note}";
        return $"| `{item.Name}` | {there} | {about} |\n";
    }

    private static string Code(string value) => value.Length == 0 ? "empty" : $"`{value}`";
}
