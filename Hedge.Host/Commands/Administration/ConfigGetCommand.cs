using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;

namespace Hedge.Host.Commands.Administration;

internal sealed class ConfigGetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CONFIG|GET", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "<parameter> [<parameter> ...]",
        Since = "2.0.0",
        Group = "server",
        Complexity = "O(N) when N is the number of configuration parameters provided",
        Summary = "Get the values of configuration parameters",
        History =
        [
            ("7.0.0", "Added the ability to pass multiple pattern parameters in one call"),
        ],
    };

    public static void Execute(CommandContext context)
    {
        ServerSettings settings = context.Server.Settings.Current;
        var found = new SortedDictionary<string, Setting>(StringComparer.OrdinalIgnoreCase);
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            ReadOnlySpan<byte> pattern = context.Argument(i);
            if (Glob.IsLiteral(pattern))
            {
                // A plain name is shown the way it was written.
                string name = Encoding.UTF8.GetString(pattern);
                Setting? setting = SettingDeclarations.Find(name);
                if (setting is { IsShown: true }) found.TryAdd(name, setting);
                continue;
            }

            foreach (Setting other in SettingDeclarations.All)
            {
                if (!other.IsShown) continue;
                if (Matches(pattern, other.Name)) found.TryAdd(other.Name, other);
                if (other.Alias is { } alias && Matches(pattern, alias)) found.TryAdd(alias, other);
            }
        }

        context.Reply.MapHeader(found.Count);
        foreach ((string name, Setting setting) in found)
        {
            context.Reply.Bulk(Encoding.UTF8.GetBytes(name));
            context.Reply.Bulk(Encoding.UTF8.GetBytes(settings.Text(setting)));
        }
    }

    private static bool Matches(ReadOnlySpan<byte> pattern, string name) =>
        Glob.Matches(pattern, Encoding.UTF8.GetBytes(name), ignoreCase: true);
}
