using System.Globalization;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>The commands of the simulation as Redis specifies them, on a <see cref="KvState"/>.</summary>
internal static class KvModel
{
    private const string ReadFailure = "-IOERR ";
    private const string NotInteger = "-ERR value is not an integer or out of range";

    /// <summary>All states after an operation that fit its reply (any reply, when it has none).</summary>
    public static IEnumerable<KvState> Apply(KvState state, SimOp op)
    {
        if (op.HasFailed)
        {
            KvState same = state.Copy();
            if (op.Action.IsTransaction) same.Unwatch(op.Session);
            return [same];
        }

        // One that was not answered may have been served at any of its keys.
        if (op is { Reply: null, Action.Commands: [["TEST.TAKE", .. string[] keys, _]] })
            return keys.Select(key => Taken(state.Copy(), key));
        return Expired(state, op).Select(before => Run(before, op)).OfType<KvState>();
    }

    // The states with and without each key whose time may have come.
    private static List<KvState> Expired(KvState state, SimOp op)
    {
        List<KvState> states = [state.Copy()];
        IEnumerable<string> keys = op.Action.Commands.SelectMany(SimAction.KeysOf)
            .Concat(op.Action.Commands.Where(command => command[0] == "WATCH").SelectMany(
                command => command[1..]));
        foreach (string key in keys.Distinct())
        {
            if (state.Find(key) is not { Lo: not KvState.Never } entry || op.ReturnMilliseconds < entry.Lo)
                continue;
            bool surely = op.InvokeMilliseconds >= entry.Hi;
            int count = states.Count;
            for (int i = 0; i < count; i++)
            {
                if (!surely) states.Add(states[i].Copy());
                states[i].Expire(key);
            }
        }

        return states;
    }

    private static KvState? Run(KvState state, SimOp op)
    {
        if (!op.Action.IsOneOfMany)
        {
            string reply = Execute(state, op, op.Action.Commands[0]);
            return op.Reply == null || op.Reply == reply ? state : null;
        }

        if (op.Action.IsTransaction && state.Unwatch(op.Session))
            return op.Reply is null or "_" ? state : null;
        ReadOnlySpan<char> left = op.Reply is null ? default : op.Reply.AsSpan(1);
        foreach (string[] command in op.Action.Commands)
        {
            // A queued command whose records cannot be read has done nothing; the others have.
            int length = left.StartsWith(ReadFailure) ? left.IndexOfAny(',', ']') : -1;
            if (length < 0)
            {
                string reply = Execute(state, op, command);
                if (op.Reply is not null && !left.StartsWith(reply)) return null;
                length = reply.Length;
            }

            if (op.Reply is not null) left = left[(length + 1)..];
        }

        return op.Reply == null || left.IsEmpty ? state : null;
    }

    private static string Execute(KvState state, SimOp op, string[] command)
    {
        KvState.Entry? found = command.Length > 1 ? state.Find(command[1]) : null;
        switch (command[0])
        {
            case "GET":
                return Bulk(found);
            case "STRLEN":
                return $":{found?.Value.Length ?? 0}";
            case "SET":
                state.Put(command[1], command[2]);
                return "+OK";
            case "GETSET":
                state.Put(command[1], command[2]);
                return Bulk(found);
            case "GETDEL":
                state.Remove(command[1]);
                return Bulk(found);
            case "INCR":
                return Increment(state, command[1], found);
            case "APPEND":
                string longer = found?.Value + command[2];
                state.Put(command[1], longer, found?.Lo ?? KvState.Never, found?.Hi ?? KvState.Never);
                return $":{longer.Length}";
            case "DEL":
                return $":{command[1..].Count(state.Remove)}";
            case "EXISTS":
                return $":{command[1..].Count(key => state.Find(key) != null)}";
            case "WATCH":
                foreach (string key in command[1..]) state.Watch(op.Session, key);
                return "+OK";
            case "UNWATCH":
                state.Unwatch(op.Session);
                return "+OK";
            case "CONFIG":
                return "+OK";
            case "PUBLISH" or "SPUBLISH":
                return ":*";
            case "SCRIPT":
                // Which scripts it finds is for chance to say.
                return op.Reply ?? "";
            case "KEYS":
                IEnumerable<string> matching = state.Keys.Where(key =>
                    key.StartsWith(command[1].TrimEnd('*'), StringComparison.Ordinal));
                return $"[{string.Join(',', matching.Select(key => "$" + key))}]";
            case "DBSIZE":
                return $":{state.Keys.Count()}";
            case "TEST.PUSH":
                string items = $"{found?.Value}{command[2]};";
                state.Put(command[1], items);
                return $":{items.Length}";
            case "TEST.TAKE":
                return Take(state, command[1..^1], op.Action.IsOneOfMany ? null : op.Reply);
            case "PEXPIRE":
                return SetExpiry(state, op, command, found);
            case "PERSIST":
                if (found is not { Lo: not KvState.Never }) return ":0";
                state.Put(command[1], found.Value.Value);
                return ":1";
            default:
                return ExecuteMany(state, command, found);
        }
    }

    private static string ExecuteMany(KvState state, string[] command, KvState.Entry? found)
    {
        switch (command[0])
        {
            case "MGET":
                return $"[{string.Join(',', command[1..].Select(key => Bulk(state.Find(key))))}]";
            case "MSET":
                for (int i = 1; i < command.Length; i += 2) state.Put(command[i], command[i + 1]);
                return "+OK";
            case "MSETNX":
                for (int i = 1; i < command.Length; i += 2)
                    if (state.Find(command[i]) != null) return ":0";
                for (int i = 1; i < command.Length; i += 2) state.Put(command[i], command[i + 1]);
                return ":1";
            case "RENAME":
                if (found == null) return "-ERR no such key";
                state.Remove(command[1]);
                state.Put(command[2], found.Value.Value, found.Value.Lo, found.Value.Hi);
                return "+OK";
            case "HEDGE.DELRANGE":
                foreach (string key in state.Keys.ToArray())
                {
                    bool isIn = string.CompareOrdinal(key, command[1]) >= 0
                        && (command[2].Length == 0 || string.CompareOrdinal(key, command[2]) < 0);
                    if (isIn) state.Remove(key);
                }

                return "+OK";
            case "FLUSHALL":
                state.Clear();
                return "+OK";
            case "SWAPDB":
                state.Swap();
                return "+OK";
            case "HEDGE.DELPREFIX":
                foreach (string key in state.Keys.ToArray())
                    if (key.StartsWith(command[1], StringComparison.Ordinal)) state.Remove(key);
                return "+OK";
            case "HEDGE.LOADPART":
                foreach (string key in command[2..])
                {
                    KvState.Entry loaded = SimFiles.EntryOf(command[1], key);
                    state.Put(key, loaded.Value, loaded.Lo, loaded.Hi);
                }

                return "+OK";
            case "HEDGE.EXPORT":
                return SimFiles.Exported(state.Keys.Select(key => (key, state.Find(key)!.Value.Value)));
            case "COPY":
                if (found == null || (command.Length == 3 && state.Find(command[2]) != null)) return ":0";
                state.Put(command[2], found.Value.Value, found.Value.Lo, found.Value.Hi);
                return ":1";
            default:
                throw new InvalidOperationException($"the model does not know {command[0]}");
        }
    }

    private static KvState Taken(KvState state, string key)
    {
        Take(state, [key], null);
        return state;
    }

    // Who has waited is served at the key that was pushed to, wherever it stands among his keys.
    private static string Take(KvState state, string[] keys, string? reply)
    {
        foreach (string key in keys)
        {
            if (reply is ['[', ..] && !reply.StartsWith($"[${key},", StringComparison.Ordinal)) continue;
            if (state.Find(key) is not { Value: { Length: > 0 } items }) continue;
            int end = items.IndexOf(';', StringComparison.Ordinal);
            if (end + 1 == items.Length) state.Remove(key);
            else state.Put(key, items[(end + 1)..]);
            return $"[${key},${items[..end]}]";
        }

        return "_";
    }

    private static string Increment(KvState state, string key, KvState.Entry? found)
    {
        string text = found?.Value ?? "0";
        bool isNumber =
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number.ToString(CultureInfo.InvariantCulture) == text;
        if (!isNumber) return NotInteger;
        state.Put(key, (number + 1).ToString(CultureInfo.InvariantCulture),
            found?.Lo ?? KvState.Never, found?.Hi ?? KvState.Never);
        return $":{number + 1}";
    }

    private static string SetExpiry(KvState state, SimOp op, string[] command, KvState.Entry? found)
    {
        if (found == null) return ":0";
        long time = long.Parse(command[2], CultureInfo.InvariantCulture);
        if (time <= 0) state.Remove(command[1]);
        else
        {
            long hi = op.ReturnMilliseconds == long.MaxValue
                ? KvState.Never - 1 : op.ReturnMilliseconds + time;
            state.Put(command[1], found.Value.Value, op.InvokeMilliseconds + time, hi);
        }

        return ":1";
    }

    private static string Bulk(KvState.Entry? entry) => entry == null ? "_" : "$" + entry.Value.Value;
}
