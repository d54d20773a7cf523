using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

internal sealed class SetExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SETEX", 4,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Update))
    {
        Syntax = "key seconds value",
        Since = "2.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Set the value and expiration of a key",
    };

    public static void Execute(CommandContext context) => Execute(context, inSeconds: true);

    /// <summary>SETEX and PSETEX.</summary>
    internal static void Execute(CommandContext context, bool inSeconds)
    {
        if (!ExpiryTime.TryRead(context, 2, inSeconds, isRelative: true, out long expireAt)) return;
        ReadOnlySpan<byte> key = context.Argument(1);
        context.Keys.SetString(key, context.Argument(3), expireAt);
        context.Notify(KeyspaceEvents.String, "set"u8, key);
        context.Notify(KeyspaceEvents.Generic, "expire"u8, key);
        context.Reply.Ok();
    }
}
