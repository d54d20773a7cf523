using NUnit.Framework;

namespace Hedge.Tests.Servers;

/// <summary>XDELEX, XACKDEL, and trims that mind the groups, beside a model: a stream of many leaves with up
/// to three groups, from disk and from memory.</summary>
internal sealed class EntryRemovalTests(int cores, string io) : ServerFixture(cores, io)
{
    private static readonly string[] Policies = ["", "KEEPREF ", "DELREF ", "ACKED "];

    protected override IReadOnlyList<(string Name, string Value)> Settings =>
        [("collection-node-bytes", "64"), ("memtable-bytes", "64kb"), ("block-cache-bytes", "0")];

    [Test]
    public void Entries_go_as_in_a_model()
    {
        int seed = TestContext.CurrentContext.Random.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 6; round++) Play(random, $"model{round}", $"seed {seed}, round {round}");
    }

    private void Play(Random random, string key, string context)
    {
        const int entries = 40;
        RawClient client = Connect();
        var model = new Model(groups: random.Next(4)) { Highest = entries };
        for (int i = 1; i <= entries; i++) client.Call($"XADD {key} {i} f v", $"${$"{i}-0".Length}\n{i}-0\n");
        for (int i = 1; i <= entries; i++) model.Entries.Add(i);
        for (int g = 0; g < model.Groups.Length; g++)
        {
            client.Call($"XGROUP CREATE {key} g{g} 0", "+OK\n");
            int read = random.Next(entries + 1);
            if (read > 0)
            {
                client.Send($"EVAL \"return #redis.call('XREADGROUP', 'GROUP', 'g{g}', 'c', 'COUNT', {read}, "
                    + $"'STREAMS', KEYS[1], '>')\" 1 {key}");
                client.Expect(":1\n");
            }

            model.Groups[g].Last = read;
            for (int i = 1; i <= read; i++) model.Groups[g].Pending.Add(i);
        }

        for (int step = 0; step < 40; step++)
        {
            int count = 1 + random.Next(4);
            int[] ids = [.. Enumerable.Range(0, count).Select(_ => 1 + random.Next(entries + 2))];
            string policy = Policies[random.Next(Policies.Length)];
            string words = string.Join(' ', ids.Select(id => $"{id}-0"));
            if (random.Next(4) == 0) client.Call("DEBUG RELOAD", "+OK\n");
            int group = random.Next(model.Groups.Length + 1) - 1;
            bool policyLast = random.Next(2) == 0;
            string options = policyLast ? $"IDS {count} {words} {policy}" : $"{policy}IDS {count} {words}";
            string line = group < 0 ? $"XDELEX {key} {options}" : $"XACKDEL {key} g{group} {options}";
            if (random.Next(4) == 0)
            {
                Trim(random, client, key, model, policy, $"{context}, step {step}");
                continue;
            }

            int[] replies = [.. ids.Select(id => model.Remove(id, policy, group))];
            string reply = $"*{ids.Length}\n" + string.Concat(replies.Select(r => $":{r}\n"));
            client.Send(line);
            for (int i = 0; i <= ids.Length; i++)
                Assert.That(client.ReadLine(), Is.EqualTo(reply.Split('\n')[i]), $"{context}: {line}");
            Check(client, key, model);
        }

        client.Call($"DEL {key}", ":1\n");
    }

    private static void Trim(Random random, RawClient client, string key, Model model, string policy,
        string context)
    {
        bool adds = random.Next(2) == 0, byLength = random.Next(2) == 0;
        int threshold = byLength ? Math.Max(0, model.Entries.Count - random.Next(6)) : random.Next(30);
        string what = byLength ? $"MAXLEN {threshold}" : $"MINID {threshold}-0";
        int id = ++model.Highest;
        if (adds) model.Entries.Add(id);
        int trimmed = model.Trim(byLength, threshold, policy);
        client.Send(adds ? $"XADD {key} {policy}{what} {id} f v" : $"XTRIM {key} {what} {policy}");
        string reply = client.ReadLine();
        string expected = adds ? $"${$"{id}-0".Length}" : $":{trimmed}";
        Assert.That(reply, Is.EqualTo(expected), $"{context}: {what} {policy}");
        if (adds) Assert.That(client.ReadLine(), Is.EqualTo($"{id}-0"));
        Check(client, key, model);
    }

    private static void Check(RawClient client, string key, Model model)
    {
        string ids = string.Join(',', model.Entries.Order());
        client.Send($"EVAL \"local r = redis.call('XRANGE', KEYS[1], '-', '+') for i = 1, #r do "
            + $"r[i] = string.sub(r[i][1], 1, -3) end return table.concat(r, ',')\" 1 {key}");
        client.Expect($"${ids.Length}\n{ids}\n");
        for (int g = 0; g < model.Groups.Length; g++)
        {
            client.Send($"EVAL \"return redis.call('XPENDING', KEYS[1], 'g{g}')[1]\" 1 {key}");
            client.Expect($":{model.Groups[g].Pending.Count}\n");
        }
    }

    [Test]
    public void An_entry_that_goes_as_it_comes_takes_all_that_is_pending_with_it()
    {
        RawClient client = Connect();
        client.Call("XADD gone 1 f v\nXGROUP CREATE gone g 0", "$3\n1-0\n+OK\n");
        client.Call("XREADGROUP GROUP g c STREAMS gone >",
            "*1\n*2\n$4\ngone\n*1\n*2\n$3\n1-0\n*2\n$1\nf\n$1\nv\n");
        client.Call(
            "XDELEX gone KEEPREF IDS 1 1\nXADD gone DELREF MAXLEN 0 2 f v\nXLEN gone\nXPENDING gone g",
            "*1\n:1\n$3\n2-0\n:0\n*4\n:0\n$-1\n$-1\n*-1\n");
        client.Call("DEL gone", ":1\n");
    }

    [Test]
    public void Keys_groups_and_numbers_that_are_wrong_are_told()
    {
        RawClient client = Connect();
        client.Call("XDELEX none IDS 2 1 2\nXACKDEL none g ACKED IDS 1 1", "*2\n:-1\n:-1\n*1\n:-1\n");
        client.Call("XADD wrong 1 f v\nXACKDEL wrong g IDS 1 1-0\nXLEN wrong", "$3\n1-0\n*1\n:-1\n:1\n");
        foreach (string line in (string[])
            ["XDELEX wrong IDS 2 1", "XDELEX wrong IDS 9223372036854775807 1"])
            client.Call(line, "-ERR the number of IDs must match the number of arguments\n");
        foreach (string line in (string[])
            ["XDELEX wrong IDS 0 1", "XDELEX wrong IDS x 1", "XDELEX wrong IDS -1 1"])
            client.Call(line, "-ERR the number of IDs must be a positive integer\n");
        foreach (string line in (string[])
            ["XDELEX wrong IDS 1 1 2", "XDELEX wrong KEEPREF DELREF IDS 1 1", "XDELEX wrong IDS 1 1 IDS 1 2",
            "XDELEX wrong FOO IDS 1 1", "XDELEX wrong ACKED KEEPREF 1"])
            client.Call(line, "-ERR syntax error\n");
        client.Call("XDELEX wrong IDS 1 x\nSET str 1\nXDELEX str IDS 1 1\nXACKDEL str g IDS 1 1",
            "-ERR Invalid stream ID specified as stream command argument\n+OK\n"
            + "-WRONGTYPE Operation against a key holding the wrong kind of value\n"
            + "-WRONGTYPE Operation against a key holding the wrong kind of value\n");
        client.Call("XDELEX wrong ACKED IDS 1 1\nXDELEX wrong IDS 2 1 1\nEXISTS wrong\nDEL wrong str",
            "*1\n:2\n*2\n:1\n:-1\n:1\n:2\n");
    }

    [Test]
    public void Who_watches_hears_of_deleted_entries_and_not_of_acknowledged_ones()
    {
        RawClient client = Connect();
        RawClient watcher = Connect();
        client.Call("XGROUP CREATE watched g $ MKSTREAM\nXGROUP CREATE watched h $\nXADD watched 1 f v",
            "+OK\n+OK\n$3\n1-0\n");
        client.Call("XREADGROUP GROUP g c COUNT 1 STREAMS watched >",
            "*1\n*2\n$7\nwatched\n*1\n*2\n$3\n1-0\n*2\n$1\nf\n$1\nv\n");
        watcher.Call("WATCH watched", "+OK\n");
        client.Call("XACKDEL watched g ACKED IDS 1 1", "*1\n:2\n");
        watcher.Call("MULTI\nPING\nEXEC\nWATCH watched", "+OK\n+QUEUED\n*1\n+PONG\n+OK\n");
        client.Call("XDELEX watched DELREF IDS 1 1", "*1\n:1\n");
        watcher.Call("MULTI\nPING\nEXEC", "+OK\n+QUEUED\n*-1\n");
        client.Call("DEL watched", ":1\n");
    }

    private sealed class Group
    {
        public int Last { get; set; }

        public HashSet<int> Pending { get; } = [];
    }

    private sealed class Model(int groups)
    {
        public Group[] Groups { get; } = [.. Enumerable.Range(0, groups).Select(_ => new Group())];

        public HashSet<int> Entries { get; } = [];

        public int Highest { get; set; }

        /// <summary>A trim; answers how many entries went.</summary>
        public int Trim(bool byLength, int threshold, string policy)
        {
            bool acked = policy == "ACKED ";
            if (acked && Groups.Length == 0) return 0;
            int wanted = byLength ? Entries.Count - threshold : Entries.Count(id => id < threshold);
            int[] gone = [.. Entries.Order().Where(id => byLength || id < threshold)
                .Where(id => !acked || Groups.All(g => g.Last >= id && !g.Pending.Contains(id)))
                .Take(Math.Max(0, wanted))];
            Entries.ExceptWith(gone);
            if (policy == "DELREF " && gone.Length > 0)
                foreach (Group g in Groups) g.Pending.RemoveWhere(id => id <= gone[^1]);
            return gone.Length;
        }

        /// <summary>One id of XDELEX (group -1) or XACKDEL.</summary>
        public int Remove(int id, string policy, int group)
        {
            bool isThere = Entries.Contains(id);
            if (group >= 0 && !Groups[group].Pending.Remove(id)) return -1;
            if (group < 0 && !isThere && policy != "DELREF ") return -1;
            bool isNeeded = Groups.Length == 0 || Groups.Any(g => g.Last < id || g.Pending.Contains(id));
            if (policy == "ACKED " && isNeeded) return 2;
            Entries.Remove(id);
            if (policy == "DELREF ")
                foreach (Group g in Groups) g.Pending.Remove(id);
            return group >= 0 || isThere ? 1 : -1;
        }
    }
}
