using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class InfoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("INFO", -1,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Dangerous)
    {
        Syntax = "[section [section ...]]",
        Since = "1.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Get information and statistics about the server",
        Tips = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
        History =
        [
            ("7.0.0", "Added support for taking multiple section arguments."),
        ],
    };

    private static readonly Section[] Sections =
    [
        new("Server", true, InfoServer.Server),
        new("Clients", true, InfoServer.Clients),
        new("Memory", true, InfoMemory.Write),
        new("Persistence", true, InfoData.Persistence),
        new("Stats", true, InfoActivity.Stats),
        new("Replication", true, InfoServer.Replication),
        new("CPU", true, InfoServer.Cpu),
        new("Modules", true, (_, _) => { }),
        new("Commandstats", false, InfoActivity.CommandStats),
        new("Errorstats", true, InfoActivity.ErrorStats),
        new("Latencystats", false, InfoActivity.LatencyStats),
        new("Cluster", true, (_, text) => text.Line("cluster_enabled", 0)),
        new("Keyspace", true, InfoData.Keyspace),
        new("Storage", true, InfoStorage.Write),
        new("Latencysplit", false, InfoActivity.LatencySplit),
    ];

    public static void Execute(CommandContext context)
    {
        context.RefreshFigures?.Invoke();
        bool all = false;
        bool standard = context.ArgumentCount == 1;
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 1; i < context.ArgumentCount; i++)
        {
            if (context.Is(i, "ALL"u8) || context.Is(i, "EVERYTHING"u8)) all = true;
            else if (context.Is(i, "DEFAULT"u8)) standard = true;
            else named.Add(Encoding.UTF8.GetString(context.Argument(i)));
        }

        var text = new InfoText();
        foreach (Section section in Sections)
        {
            if (!all && !(standard && section.IsDefault) && !named.Contains(section.Name)) continue;
            text.Section(section.Name);
            section.Write(context, text);
        }

        context.Reply.Verbatim("txt", text.ToUtf8());
    }

    private sealed record Section(string Name, bool IsDefault, Action<CommandContext, InfoText> Write);
}
