using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

/// <summary>EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT: key, time, conditions.</summary>
internal static class Expiry
{
    private const string Incompatible =
        "ERR NX and XX, GT or LT options at the same time are not compatible";

    private const string GreaterAndLess = "ERR GT and LT options at the same time are not compatible";

    [Flags]
    private enum Conditions
    {
        None = 0,
        NotSet = 1,
        Set = 2,
        Later = 4,
        Earlier = 8,
    }

    /// <summary>Runs one of the four commands.</summary>
    /// <param name="context">The command.</param>
    /// <param name="relative">The time counts from now.</param>
    /// <param name="unit">Milliseconds that a unit of the time has: 1000 or 1.</param>
    public static void Set(CommandContext context, bool relative, int unit)
    {
        if (!TryParse(context, out Conditions conditions)) return;
        if (!context.TryInteger(2, out long time)) return;
        if (!TryScale(time, unit, relative ? context.NowMilliseconds : 0, out long expireAt))
        {
            string name = context.Spec.Name.ToLowerInvariant();
            context.Reply.Error($"ERR invalid expire time in '{name}' command");
            return;
        }

        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.Keys.TryFind(key, out Record record)) return;
        if (!record.Exists || !Satisfied(conditions, record.ExpireAt, expireAt))
        {
            context.Reply.Integer(0);
            return;
        }

        if (expireAt <= context.NowMilliseconds)
        {
            context.Keys.Remove(key);
            context.Notify(KeyspaceEvents.Generic, "del"u8, key);
        }
        else
        {
            context.Keys.SetExpiry(key, expireAt);
            context.Notify(KeyspaceEvents.Generic, "expire"u8, key);
        }

        context.Reply.Integer(1);
    }

    private static bool TryParse(CommandContext context, out Conditions conditions)
    {
        conditions = Conditions.None;
        for (int i = 3; i < context.ArgumentCount; i++)
        {
            if (context.Is(i, "NX"u8)) conditions |= Conditions.NotSet;
            else if (context.Is(i, "XX"u8)) conditions |= Conditions.Set;
            else if (context.Is(i, "GT"u8)) conditions |= Conditions.Later;
            else if (context.Is(i, "LT"u8)) conditions |= Conditions.Earlier;
            else
            {
                ReplyText.Error(context, "ERR Unsupported option "u8, context.Argument(i));
                return false;
            }
        }

        const Conditions both = Conditions.Later | Conditions.Earlier;
        if (conditions.HasFlag(Conditions.NotSet) && conditions != Conditions.NotSet)
        {
            context.Reply.Error(Incompatible);
            return false;
        }

        if ((conditions & both) != both) return true;
        context.Reply.Error(GreaterAndLess);
        return false;
    }

    private static bool TryScale(long time, int unit, long baseTime, out long expireAt)
    {
        expireAt = 0;
        if (time > long.MaxValue / unit || time < long.MinValue / unit) return false;
        if (time * unit > long.MaxValue - baseTime) return false;
        expireAt = (time * unit) + baseTime;
        return true;
    }

    // A key without an expiry counts as living for ever.
    private static bool Satisfied(Conditions conditions, long current, long wanted)
    {
        if (conditions.HasFlag(Conditions.NotSet) && current != 0) return false;
        if (conditions.HasFlag(Conditions.Set) && current == 0) return false;
        if (conditions.HasFlag(Conditions.Later) && (current == 0 || wanted <= current)) return false;
        return !conditions.HasFlag(Conditions.Earlier) || current == 0 || wanted < current;
    }
}
