using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class MSetExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MSETEX", -4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.MovableKeys,
        AclCategory.String,
        KeySpec.Counted(1, KeyFlags.Overwrite | KeyFlags.Update) with { Step = 2 })
    {
        Syntax =
            "numkeys key value [key value ...] [NX | XX] [EX seconds | PX milliseconds | EXAT "
            + "unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
        Arguments =
            "numkeys data key value condition nx xx expiration seconds milliseconds unix-time-seconds "
            + "unix-time-milliseconds keepttl",
        Since = "8.4.0",
        Group = "string",
        Complexity = "O(N) where N is the number of keys to set.",
        Summary = "Sets several strings at once, with one expiry, if wanted only when none or all exist",
        Tips = ["request_policy:multi_shard", "response_policy:all_succeeded"],
    };

    private const SetFlags Allowed =
        SetFlags.IfAbsent | SetFlags.IfPresent | SetFlags.AnyExpiry | SetFlags.KeepExpiry;

    public static void Execute(CommandContext context)
    {
        if (!KeyCount.TryRead(context, 1, out int keys)) return;
        int end = 2 + (2 * keys);
        if (keys > (context.ArgumentCount - 2) / 2)
        {
            context.Reply.Error(ErrorText.WrongNumber("msetex"));
            return;
        }

        if (!SetOptions.TryParse(context, end, Allowed, out SetOptions options)) return;
        if (!options.TryExpireAt(context, out long expireAt)) return;
        bool keeps = (options.Flags & SetFlags.KeepExpiry) != 0;
        using var expiries = new Scratch<long>(keys);
        expiries.Span[0] = expireAt;
        if ((options.Flags & (SetFlags.IfAbsent | SetFlags.IfPresent | SetFlags.KeepExpiry)) != 0)
        {
            if (!TryLook(context, options.Flags, expiries.Span[..keys], keeps, out bool holds)) return;
            if (!holds)
            {
                context.Reply.Integer(0);
                return;
            }
        }

        for (int i = 0; i < keys; i++)
        {
            ReadOnlySpan<byte> key = context.Argument(2 + (2 * i));
            context.Keys.SetString(key, context.Argument(3 + (2 * i)), expiries.Span[keeps ? i : 0]);
            context.Notify(KeyspaceEvents.String, "set"u8, key);
            if (options.ExpiryIndex != 0) SetOptions.TellExpiry(context, key, expireAt);
        }

        context.Reply.Integer(1);
    }

    // Looks at all keys before it gives up, so that they are read together. False when one is not resident.
    private static bool TryLook(CommandContext context, SetFlags flags, Span<long> expiries, bool keeps,
        out bool holds)
    {
        bool isResident = true;
        holds = true;
        for (int i = 0; i < expiries.Length; i++)
        {
            isResident &= context.Keys.TryFind(context.Argument(2 + (2 * i)), out Record old);
            holds &= (flags & (old.Exists ? SetFlags.IfAbsent : SetFlags.IfPresent)) == 0;
            if (keeps) expiries[i] = old.Exists ? old.ExpireAt : 0;
        }

        return isResident;
    }
}
