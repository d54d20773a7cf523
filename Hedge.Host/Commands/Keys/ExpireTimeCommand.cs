using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class ExpireTimeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EXPIRETIME", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Since = "7.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Get the expiration Unix timestamp for a key",
    };

    public static void Execute(CommandContext context) =>
        TimeToLive.Reply(context, absolute: true, unit: 1000);
}
