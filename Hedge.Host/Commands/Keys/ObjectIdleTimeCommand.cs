using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectIdleTimeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("OBJECT|IDLETIME", 3,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace,
        KeySpec.At(2, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Since = "2.2.3",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Get the time since a Redis object was last accessed",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        if (!context.Keys.TryPeek(context.Argument(2), out Record record)) return;
        if (!record.Exists)
        {
            context.Reply.Null();
            return;
        }

        // Seconds modulo 2^32 on both sides. An access a moment ahead of this batch's time is no idle time.
        int idle = (int)((uint)(context.NowMilliseconds / 1000) - record.LastAccess);
        context.Reply.Integer(Math.Max(idle, 0));
    }
}
