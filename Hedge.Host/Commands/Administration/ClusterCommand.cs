using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class ClusterCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLUSTER", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "cluster",
        Complexity = "Depends on subcommand.",
        Summary = "A container for cluster commands",
    };

    internal const string Disabled = "ERR This instance has cluster support disabled";

    // Clients ask these to find out whether they talk to a cluster, and all of them get the same answer. So
    // they are no commands of their own.
    private static readonly string[] Known =
    [
        "ADDSLOTS", "ADDSLOTSRANGE", "BUMPEPOCH", "COUNT-FAILURE-REPORTS", "COUNTKEYSINSLOT", "DELSLOTS",
        "DELSLOTSRANGE", "FAILOVER", "FLUSHSLOTS", "FORGET", "GETKEYSINSLOT", "HELP", "INFO", "KEYSLOT",
        "LINKS", "MEET", "MYID", "NODES", "REPLICAS", "REPLICATE", "RESET", "SAVECONFIG", "SET-CONFIG-EPOCH",
        "SETSLOT", "SHARDS", "SLAVES", "SLOTS",
    ];

    public static void Execute(CommandContext context)
    {
        string word = System.Text.Encoding.UTF8.GetString(context.Argument(1));
        if (Known.Contains(word, StringComparer.OrdinalIgnoreCase)) context.Reply.Error(Disabled);
        else Subcommands.Unknown(context);
    }
}
