import pytest

from chat.services.words import forget_words


@pytest.fixture(autouse=True)
def words_read_anew():
    forget_words()
