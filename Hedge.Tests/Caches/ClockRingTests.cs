using Hedge.Storage.Caches;
using NUnit.Framework;

namespace Hedge.Tests.Caches;

[Category("fast")]
public sealed class ClockRingTests
{
    [Test]
    public void The_hand_comes_to_everything_in_the_order_in_which_it_was_added()
    {
        Random random = new(5);
        ClockRing ring = new();
        List<int> model = [];
        for (int i = 0; i < 20_000; i++)
        {
            int choice = random.Next(3);
            if (choice == 0 || model.Count == 0)
            {
                int item = random.Next(100);
                if (model.Contains(item)) continue;
                ring.Add(item);
                model.Add(item);
            }
            else if (choice == 1)
            {
                int item = model[random.Next(model.Count)];
                ring.Remove(item);
                model.Remove(item);
            }
            else
            {
                Assert.That(ring.Step(), Is.EqualTo(model[0]), $"step {i}");
                model.Add(model[0]);
                model.RemoveAt(0);
            }

            Assert.That(ring.Count, Is.EqualTo(model.Count));
        }
    }
}
