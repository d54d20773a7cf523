using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HExpireTimeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HEXPIRETIME", -5,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key FIELDS numfields field [field ...]",
        Arguments = "key fields numfields:integer field",
        Since = "7.4.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of specified fields",
        Summary = "Get the Unix times in seconds at which hash fields expire",
    };

    public static void Execute(CommandContext context) =>
        FieldTimeToLive.Reply(context, isAbsolute: true, unit: 1000);
}
